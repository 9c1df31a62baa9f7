"""Emails as their reader's program sees them."""

import email
import email.policy

STABLE_ID = r"<[^<>@\s]+@[^<>@\s]+>"


def parse(data):
    """Bytes as they crossed the wire, dot-stuffing undone, to a message of Python's own `email` package."""
    return email.message_from_bytes(data, policy=email.policy.default)


def part(message, subtype):
    """The text of the one part of that kind."""
    found = [each for each in message.walk() if each.get_content_type() == f"text/{subtype}"]
    assert len(found) == 1, f"one text/{subtype} part expected, there are {len(found)}: {message.as_string()[:2000]}"
    return found[0].get_content()


def plain(message):
    return part(message, "plain")


def html(message):
    return part(message, "html")


def defects(message):
    """What Python's parser found wrong in the message or any of its parts and headers."""
    found = []
    for each in message.walk():
        found += [repr(defect) for defect in each.defects]
        for name, value in each.items():
            found += [f"{name}: {defect!r}" for defect in getattr(value, "defects", ())]
    return found
