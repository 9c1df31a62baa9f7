"""What happened to one fact, told so that somebody can find out why."""

import datetime
import json

# What of a row and of a log line is of no help here.
_LONG = {"body", "headers", "address_hash", "content_sha256", "template_version", "trace_id", "address_masked", "locale"}
_DULL = {"timestamp", "service", "trace_id", "span_id", "trace_flags", "level"}


def tell(site, fact, about, plan):
    """How to repeat it, the faults, and every row, mail, request and log line that concerns it."""
    published = [message.message_id or "(no id)" for owner, message in site.published if owner is fact]
    parts = [
        f"{fact.kind} {fact.tag} ({fact.event_type}), published as {published}, "
        f"taken by the broker {site.times_published(fact)} times; again: {plan.command}",
        _part("faults at this site (seconds)", site.timeline.lines(site.name)),
        _part("event", map(_row, about.events)),
        *([_part("anonymous_event", map(_row, about.anonymous))] if fact.is_anonymous else []),
        _part("notification_log", map(_row, about.log)),
        _part("delivery_attempt", map(_row, sorted(about.attempts, key=lambda row: row["started_at"]))),
        _part("parked", map(_row, about.parked)),
        _part("dead_letter", map(_row, about.dead)),
        _part("provider", _at_providers(site, about)),
        _part("daemons' log", _log_lines(site, fact, about)),
    ]
    return "\n".join(part for part in parts if part)


def _part(title, lines):
    lines = list(lines)
    return "\n".join([f"  {title}:", *(f"    {line}" for line in lines)]) if lines else f"  {title}: nothing"


def _row(row):
    shown = {name: value for name, value in row.items() if value not in (None, "", [], 0.0) and name not in _LONG}
    return ", ".join(f"{name}={_text(value)}" for name, value in shown.items())


def _text(value):
    if isinstance(value, datetime.datetime):
        return value.strftime("%H:%M:%S.%f")[:-3]
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()[:16]
    return f"{value:.0f}" if isinstance(value, float) else str(value)


def _at_providers(site, about):
    happened = [(each.at, str(each)) for each in (*about.mails, *about.refusals)]
    for request in about.requests:
        said = f"HTTP {request.status} {request.sid}" if request.status else "no answer"
        happened.append((request.at, f"SMS to {request.form.get('To')}: {said}"))
    return [f"{at - site.timeline.began:8.3f}  {what}" for at, what in sorted(happened)]


def _log_lines(site, fact, about):
    names = {fact.tag, *fact.ids, *(row["event_id"] for row in about.log)}
    found = []
    for replica in site.replicas:
        for line in replica.daemon.lines:
            if not names.isdisjoint(str(line.get(field)) for field in ("event_id", "recipient_id")):
                kept = {name: value for name, value in line.items() if name not in _DULL}
                found.append(f"{line.get('timestamp', '')[11:23]} {replica.name} {json.dumps(kept, ensure_ascii=False)}")
    return sorted(found)
