"""The demo checks itself: what it shows must be what it promised."""

import json

from events import RESET_TOKEN
from outbox import text_of


def failures(steps, outbox, rows, dead_letters, trace, log_lines, queue_length):
    """What is not as it should be, in words (an empty list is success), and how many things were looked at."""
    signup, payment, failed, reset, _, broken = steps
    emails, sms = outbox.emails(), outbox.sms()
    process = next((span for span in trace if span.kind == "CONSUMER"), None)
    below = {span.name for span in trace if process and span.parent_span_id == process.span_id}
    audit = {row["event_id"]: row for row in rows}
    everything = json.dumps([rows, log_lines])
    expectations = {
        "three emails and one SMS were delivered": (len(emails), len(sms)) == (3, 1),
        "the sign-up's email is in English": _says(outbox.emails(signup.event_id), "Welcome", "Anna Smith"),
        "the payment's email is in German, its amount too": _says(
            outbox.emails(payment.event_id), "1.249,90", "Jürgen Groß"
        ),
        "the failed payment's SMS names amount and reference": _says(
            outbox.sms(failed.event_id), "£129.00", "pay_7K2M9Q4F"
        ),
        "the password reset carries its link": _says(outbox.emails(reset.event_id), RESET_TOKEN),
        "four audit rows are sent, one is rejected": sorted(row["status"] for row in rows)
        == ["rejected", "sent", "sent", "sent", "sent"],
        "the reset goes on in its publisher's trace": audit.get(reset.event_id, {}).get("trace_id") == reset.trace_id,
        "the one dead letter is the broken event": [letter["event_id"] for letter in dead_letters]
        == [broken.event_id],
        "it says why": all(letter["error_code"] == "json.invalid" and letter["error"] for letter in dead_letters),
        "the trace has a publisher": any(span.kind == "PRODUCER" for span in trace),
        "the daemon's span is below it": process is not None
        and process.parent_span_id in {span.span_id for span in trace if span.kind == "PRODUCER"},
        "claim, render, send and settle are below that": below
        == {"claim event", "render", "send email", "settle event"},
        "no full address and no token is in log or audit rows": not any(
            secret in everything for secret in (RESET_TOKEN, "anna.smith@", "juergen.gross@", "+447700900123")
        ),
        "the queue is empty": queue_length == 0,
    }
    for step in steps:
        expectations[f"{step.title}: {step.expected} (it is {step.result})"] = step.result == step.expected
    return [words for words, is_true in expectations.items() if not is_true], len(expectations)


def _says(messages, *words):
    if len(messages) != 1:
        return False
    text = f"{messages[0]['Subject']} {messages[0]['To']} {text_of(messages[0])}"
    return all(word in text for word in words)
