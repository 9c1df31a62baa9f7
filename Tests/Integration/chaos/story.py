"""What happened to one fact, told so that somebody can find out why."""

import datetime
import json

# What of a row and of a log line is of no help here.
_LONG = {"body", "headers", "address_hash", "address_masked", "content_sha256", "template_version", "trace_id"}
_DULL = {"timestamp", "service", "trace_id", "span_id", "trace_flags", "level"}


def tell(site, fact, about, plan):
    """How to repeat it, the faults, and every row, mail, request and log line that concerns it.

    All times are seconds since the round began.
    """
    published = [message.message_id or "(no id)" for owner, message in site.published if owner is fact]
    began = site.timeline.began

    def rows(title, found):
        return _part(title, [_row(row, began) for row in found])

    parts = [
        f"{fact.kind} {fact.tag} ({fact.event_type}), published as {published}, "
        f"taken by the broker {site.times_published(fact)} times; again: {plan.command}",
        _part("faults at this site", site.timeline.lines(site.name)),
        rows("event", about.events),
        rows("anonymous_event", about.anonymous),
        rows("notification_log", about.log),
        rows("delivery_attempt", sorted(about.attempts, key=lambda row: row["started_at"])),
        rows("parked", about.parked),
        rows("dead_letter", about.dead),
        _part("provider", _at_providers(site, about)),
        _part("daemons' log", _log_lines(site, fact, about)),
    ]
    return "\n".join(parts)


def _part(title, lines):
    lines = list(lines)
    return "\n".join([f"  {title}:", *(f"    {line}" for line in lines)]) if lines else f"  {title}: nothing"


def _row(row, began):
    shown = {name: value for name, value in row.items() if value not in (None, "", [], 0.0) and name not in _LONG}
    return ", ".join(f"{name}={_text(value, began)}" for name, value in shown.items())


def _text(value, began):
    if isinstance(value, datetime.datetime):
        return f"{value.timestamp() - began:.3f}"
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
        for at, line in zip(replica.daemon.arrived, replica.daemon.lines, strict=False):
            if not names.isdisjoint(str(line.get(field)) for field in ("event_id", "recipient_id")):
                kept = {name: value for name, value in line.items() if name not in _DULL}
                found.append((at, f"{replica.name} {json.dumps(kept, ensure_ascii=False)}"))
    return [f"{at - site.timeline.began:8.3f}  {text}" for at, text in sorted(found)]
