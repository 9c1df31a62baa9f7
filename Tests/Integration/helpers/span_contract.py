"""Section 11 of the contract as tables: which attributes a span has to have, which it may have, and no others."""

import numbers

TEXT, WHOLE, SECONDS = str, int, float
STATUSES = {"sent", "retrying", "failed", "rejected", "expired", "suppressed", "uncertain", "paused"}
CHANNELS = {"email", "sms", "none"}

_OUTCOME = {"notifyd.channel": CHANNELS, "notifyd.outcome": STATUSES, "notifyd.attempt": WHOLE}
_ERROR = {"error.type": TEXT}
_FROM_BROKER = {
    "messaging.rabbitmq.message.delivery_tag": WHOLE,
    "server.address": TEXT,
    "server.port": WHOLE,
}

PROCESS = {
    "messaging.system": {"rabbitmq"},
    "messaging.operation.name": {"process"},
    "messaging.operation.type": {"process"},
    "messaging.destination.name": TEXT,
    "messaging.rabbitmq.destination.routing_key": TEXT,
    "messaging.message.body.size": WHOLE,
}
PROCESS_MAY = {
    "messaging.message.id": TEXT,
    "messaging.message.conversation_id": TEXT,
    "notifyd.declared_type": TEXT,
    **_FROM_BROKER,
    **_OUTCOME,
    **_ERROR,
}
PROCESS_MAY["notifyd.outcome"] = STATUSES | {"duplicate"}
DATABASE = {
    "db.system.name": {"postgresql"},
    "db.namespace": TEXT,
    "db.collection.name": TEXT,
    "db.operation.name": TEXT,
    "db.query.summary": TEXT,
}
DATABASE_MAY = {"db.operation.batch.size": WHOLE, **_ERROR}
SEND = {
    "notifyd.provider": TEXT,
    "notifyd.dns.duration": SECONDS,
    "notifyd.connect.duration": SECONDS,
    "notifyd.tls.duration": SECONDS,
    "notifyd.total.duration": SECONDS,
    "server.address": TEXT,
    "server.port": WHOLE,
    **_OUTCOME,
}
SEND["notifyd.outcome"] = STATUSES | {"failover"}
SMTP_MAY = {"smtp.response.status_code": WHOLE, **_ERROR}
HTTP = {"http.request.method": {"POST"}, "url.template": TEXT}
HTTP_MAY = {"http.response.status_code": WHOLE, **_ERROR}

# Name (the process span's up to its destination): kind, attributes it must have, attributes it may have.
SPANS = {
    "process": ("CONSUMER", PROCESS, PROCESS_MAY),
    "claim event": ("CLIENT", DATABASE | {"db.operation.name": {"INSERT"}}, DATABASE_MAY),
    "settle event": ("CLIENT", DATABASE | {"db.operation.name": {"UPDATE"}}, DATABASE_MAY),
    "render": ("INTERNAL", {}, _ERROR),
    "send email": ("CLIENT", SEND, SMTP_MAY),
    "send sms": ("CLIENT", SEND | HTTP, HTTP_MAY),
}
RESOURCE = {
    "service.name": TEXT,
    "service.version": TEXT,
    "service.instance.id": TEXT,
    "host.name": TEXT,
    "process.pid": WHOLE,
}


def breaches(span):
    """What of a span is not as the contract says, in words; an empty list is a good span."""
    short = "process" if span.name.startswith("process ") else span.name
    if short not in SPANS:
        return [f"{span.name}: not a span of the contract"]
    kind, must, may = SPANS[short]
    found = [] if span.kind == kind else [f"{span.name}: kind {span.kind}, not {kind}"]
    found += [f"{span.name}: no {name}" for name in must if name not in span.attributes]
    for name, value in span.attributes.items():
        allowed = must.get(name, may.get(name))
        if allowed is None:
            found.append(f"{span.name}: {name} is not in the contract")
        elif not _fits(value, allowed):
            found.append(f"{span.name}: {name} is {value!r}")
    if short == "process" and span.name != f"process {span.attributes.get('messaging.destination.name')}":
        found.append(f"{span.name}: the name is not the destination's")
    if short in ("claim event", "settle event") and span.attributes.get("db.query.summary") != span.name:
        found.append(f"{span.name}: db.query.summary is not the name")
    if span.attributes.get("db.operation.batch.size", 2) < 2:
        found.append(f"{span.name}: db.operation.batch.size only above 1")
    if (span.status == "ERROR") != ("error.type" in span.attributes):
        found.append(f"{span.name}: status {span.status} with error.type {span.attributes.get('error.type')}")
    found += [f"{span.name}: resource without {name}" for name, type in RESOURCE.items()
              if not _fits(span.resource.get(name), type)]
    if span.end < span.start:
        found.append(f"{span.name}: ends before it starts")
    return found


def _fits(value, allowed):
    if isinstance(allowed, set):
        return value in allowed
    if allowed is SECONDS:
        return isinstance(value, numbers.Real) and not isinstance(value, bool) and value >= 0
    if allowed is WHOLE:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, str) and value != ""
