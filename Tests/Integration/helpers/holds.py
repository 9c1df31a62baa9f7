"""What the tests of outages share: events for one channel each, and who got what."""

import collections

from .events import payment, unique
from .waiting import eventually


def email_events(count):
    """Payments whose recipients have an email address only."""
    return [_payment(event_id, email=f"{event_id}@example.com") for event_id in _ids(count)]


def sms_events(count):
    """Payments whose recipients have a phone number only."""
    return [_payment(event_id, phone=f"+49151{number:08d}") for number, event_id in enumerate(_ids(count), 10_000_000)]


def ids(events):
    return [event_id for _, _, event_id in events]


def _ids(count):
    return [unique("evt") for _ in range(count)]


def _payment(event_id, **address):
    return ("payment.completed", payment(event_id, **address), event_id)


def mailed(service):
    """How often each event was mailed, by a `MailService`."""
    return collections.Counter(mail.event_id for mail in service.mails)


def texted(twilio):
    """How often each number was sent an SMS."""
    return collections.Counter(request.form["To"] for request in twilio.accepted)


def wait_until_sent(world, count, within=60):
    """Until so many rows are `sent`."""

    def told():
        rows = world.audit.query("SELECT status, channel, error_code, count(*) AS n "
                                 "FROM notifications.notification_log GROUP BY 1, 2, 3")
        holds = world.audit.query("SELECT hold, channel, count(*) AS n, min(due_at) - now() AS due "
                                  "FROM notifications.parked GROUP BY 1, 2")
        shown = "\n".join(str(dict(each)) for each in [*rows, *holds])
        return f"{count} rows `sent`; there are\n{shown}\n" + "\n".join(daemon.tail(8) for daemon in world.daemons)

    eventually(lambda: world.audit.statuses().get("sent", 0) >= count, told, within=within)


def check_nothing_is_left(world):
    """No body is kept, no claim is held, both queues are empty."""
    world.wait_until_all_is_acked()
    eventually(lambda: world.audit.count("parked") == 0, lambda: f"no parked body: {world.audit.parked()}")
    assert world.audit.query("SELECT * FROM notifications.event WHERE lease_until IS NOT NULL "
                             "OR NOT states <@ ARRAY['settled']") == []
    assert world.audit.count("dead_letter") == 0


def holds(world):
    """How many bodies are kept under which hold."""
    return {row["hold"]: row["n"]
            for row in world.audit.query("SELECT hold, count(*) AS n FROM notifications.parked GROUP BY hold")}


def expire_leases(world):
    """What a lease's time does, without its time: every claim there is ran out just now."""
    world.audit.query("UPDATE notifications.event SET lease_until = now() - interval '1 second' "
                      "WHERE lease_until > now()")
    world.audit.query("UPDATE notifications.parked SET due_at = now() WHERE hold = 'lease' AND due_at > now()")
