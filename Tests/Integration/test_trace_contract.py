"""Every span of every outcome, attribute by attribute (contract section 11)."""

import collections
import json
import os

from harness import Answer
from helpers.events import payment, signup, traceparent, unique
from helpers.span_contract import breaches
from helpers.spans import child, children, one_process_span, process_spans
from helpers.waiting import eventually


def whole(collector, event_id, passages=1):
    """The event's process spans once that many of them are there."""
    return eventually(lambda: (found := process_spans(collector, event_id))[passages - 1:] and found,
                      lambda: f"{passages} passages of {event_id}; there are {len(process_spans(collector, event_id))}")


def names(collector, process):
    """The stages of a passage; a retry may be below it, too."""
    return [span.name for span in children(collector, process) if not span.name.startswith("process ")]


def test_every_span_of_every_outcome_keeps_the_contract(world, collector):
    phone, wrong, stopped, later = (f"+49152077700{number:02}" for number in range(4))
    mail = {kind: f"{kind}@private.example" for kind in ("good", "bad", "slow")}
    world.smtp.answer("rcpt", "550 5.1.1 unknown", recipient=mail["bad"])
    world.smtp.answer("rcpt", "450 4.2.0 busy", times=1, recipient=mail["slow"])
    world.twilio.answer(wrong, Answer(400, 21211))
    world.twilio.answer(stopped, Answer(400, 21610))
    world.twilio.answer(later, Answer(429, 20429), Answer())
    world.start({"sms.providers": "twilio", "retry.delays": "50ms"}, collector.environment)
    sent = ["claim event", "render", "send email", "settle event"]
    text = ["claim event", "render", "send sms", "settle event"]
    payment_id = unique("pay")
    # What is published; then for each passage its outcome, attempt, error, and the spans below it
    cases = [
        (payment(email=mail["good"], payment_id=payment_id), [("sent", 1, None, sent)]),
        (payment(email=mail["bad"]), [("failed", 1, "smtp.550", sent)]),
        (payment(email=mail["slow"]), [("retrying", 1, "smtp.450", sent), ("sent", 2, None, sent[1:])]),
        (payment(phone=phone), [("sent", 1, None, text)]),
        (payment(phone=wrong), [("failed", 1, "twilio.21211", text)]),
        (payment(phone=stopped), [("suppressed", 1, None, text)]),
        (payment(phone=later), [("retrying", 1, "twilio.20429", text), ("sent", 2, None, text[1:])]),
        (signup(email="no address"), [("failed", 0, "address.invalid", ["claim event", "settle event"])]),
        (payment(user=unique("nobody")), [("retrying", 1, "contact.unknown", ["claim event", "settle event"])]),
        (payment(email=mail["good"], amount="many"), [("rejected", 0, "money.invalid", [])]),
    ]
    for data, passages in cases:
        event_id = world.publish("payment.completed" if "paymentId" in data else "user.signup", data)
        spans = whole(collector, event_id, len(passages))
        for span, (outcome, attempt, error, below) in zip(spans, passages):
            assert span.attributes.get("notifyd.outcome") == outcome, (span, data)
            assert span.attributes.get("notifyd.attempt") == attempt, (span, data)
            assert span.attributes.get("error.type") == error, (span, data)
            assert (span.status == "ERROR") == (error is not None), (span, data)
            if below:
                child(collector, span, "settle event")
            assert names(collector, span) == below, data
        for first, second in zip(spans, spans[1:]):
            assert second.trace_id == first.trace_id
            assert "messaging.rabbitmq.message.delivery_tag" not in second.attributes, "it comes from Postgres now"
            assert "server.address" not in second.attributes
        assert "messaging.rabbitmq.message.delivery_tag" in spans[0].attributes
        assert "server.address" in spans[0].attributes and "server.port" in spans[0].attributes
        for span in spans:
            for send in children(collector, span):
                if send.name.startswith("send "):
                    sent_as = (send.attributes["notifyd.outcome"], send.attributes["notifyd.attempt"])
                    assert sent_as == (span.attributes["notifyd.outcome"], max(span.attributes["notifyd.attempt"], 1))
                    assert send.attributes.get("error.type") in (span.attributes.get("error.type"), "twilio.21610")
    duplicate = world.publish("payment.completed", payment(email=mail["good"], payment_id=payment_id))
    process = whole(collector, duplicate)[0]
    assert process.attributes["notifyd.outcome"] == "duplicate" and names(collector, process) == ["claim event"]
    world.daemon.stop()

    found = [breach for span in collector.spans for breach in breaches(span)]
    assert found == []
    everything = repr(collector.spans)
    for secret in (*mail.values(), phone, wrong, stopped, later, world.twilio.account, world.twilio.token):
        assert secret.lstrip("+") not in everything, secret


def test_a_provider_that_cannot_be_reached_is_named_by_the_span(world, collector):
    world.smtp.stop()
    world.start({"retry.delays": "1h"}, collector.environment)
    event_id = world.publish("payment.completed", payment(email="jane@example.com"))
    world.settled(event_id, "retrying")
    send = child(collector, one_process_span(collector, event_id), "send email")
    assert breaches(send) == []
    assert (send.attributes["server.address"], send.attributes["server.port"]) == ("127.0.0.1", world.smtp.port)
    assert send.attributes["error.type"] == "smtp.connect" and send.status_message


def test_the_publishers_ids_and_the_brokers_node_are_on_the_process_span(world, collector):
    world.start(environment=collector.environment)
    header, trace_id, span_id = traceparent()
    event_id = world.publish("user.signup", data := signup(), correlation_id="order-7",
                             headers={"traceparent": header})
    process = one_process_span(collector, event_id)
    destination = f"{world.exchange}:user.signup:{world.queue}"
    assert process.name == f"process {destination}"
    assert process.attributes == {
        "messaging.system": "rabbitmq", "messaging.operation.name": "process", "messaging.operation.type": "process",
        "messaging.destination.name": destination,
        "messaging.rabbitmq.destination.routing_key": "user.signup",
        "messaging.rabbitmq.message.delivery_tag": 1,
        "messaging.message.id": event_id, "messaging.message.conversation_id": "order-7",
        "messaging.message.body.size": len(json.dumps(data)),
        "server.address": "127.0.0.1", "server.port": world.broker.port,
        "notifyd.channel": "email", "notifyd.outcome": "sent", "notifyd.attempt": 1,
    }
    # Flags of OTLP: sampled, and a parent (or a linked span) in another process.
    assert process.flags == 0x301 and (process.trace_id, process.parent_span_id) == (trace_id, span_id)
    claim = child(collector, process, "claim event")
    assert claim.flags == 0x101
    assert claim.attributes == {
        "db.system.name": "postgresql", "db.namespace": world.name, "db.collection.name": "event",
        "db.operation.name": "INSERT", "db.query.summary": "claim event",
    }
    assert process.schema == "https://opentelemetry.io/schemas/1.44.0"


def test_a_declared_type_that_is_not_the_routing_key_is_recorded(world, collector):
    world.start({"log.level": "debug"}, collector.environment)
    event_id = world.publish("payment.completed", payment(email="a@example.com"),
                             headers={"cloudEvents:type": "com.example.paid"})
    world.settled(event_id, "sent")
    process = one_process_span(collector, event_id)
    assert process.attributes["notifyd.declared_type"] == "com.example.paid" and breaches(process) == []
    line = world.daemon.wait_for("declared type differs", event_id=event_id)
    assert (line["event_type"], line["declared_type"]) == ("payment.completed", "com.example.paid")
    same = world.publish("payment.completed", payment(email="a@example.com"),
                         headers={"cloudEvents:type": "payment.completed"})
    world.settled(same, "sent")
    assert "notifyd.declared_type" not in one_process_span(collector, same).attributes


def test_events_that_share_a_commit_say_how_many_they_were(world, collector):
    world.start(environment=collector.environment)
    world.publish_many([("payment.completed", payment(email="a@example.com"), unique("evt")) for _ in range(200)])
    spans = collector.wait_for(lambda spans: (found := [span for span in spans if span.name == "settle event"])[199:]
                               and spans, what="200 settles")
    for name in ("claim event", "settle event"):
        sizes = collections.Counter(
            span.attributes.get("db.operation.batch.size", 1) for span in spans if span.name == name)
        assert sizes.total() == 200
        assert max(sizes) > 1, f"{name}: 200 at once and none together"
        # A batch of n events is told by n spans.
        assert all(count % size == 0 for size, count in sizes.items()), (name, sizes)


def test_the_resource_is_the_process(world, collector):
    daemons = [world.start(environment=collector.environment) for _ in range(2)]
    collector_of = {}
    while len(collector_of) < 2:
        event_id = world.publish("payment.completed", payment(email="a@example.com"))
        span = one_process_span(collector, event_id)
        collector_of[span.resource["process.pid"]] = span.resource
    assert set(collector_of) == {daemon.process.pid for daemon in daemons}
    first, second = collector_of.values()
    assert first["service.instance.id"] != second["service.instance.id"]
    assert first["service.name"] == second["service.name"] == "notifications-service"
    version = world.command("--version").output.split()[-1]
    assert first["service.version"] == version
    assert first["host.name"] == os.uname().nodename
