"""Who died, hung or lost its claim while a message was on its way, and what becomes of it (contract section 5)."""

import dataclasses
import signal

import pytest

from harness import Answer, MailSink, Proxy
from helpers.events import payment, unique
from helpers.holds import check_nothing_is_left, email_events, expire_leases, holds, ids, wait_until_sent
from helpers.waiting import eventually, never

PHONE = "+4915201234567"
SMS = {"sms.providers": "twilio", "retry.delays": "200ms,200ms,200ms"}
# The shortest lease there is: two attempts and ten seconds.
SHORT = {"send.timeout": "1s", "claim.lease": "12s"}
# Postgres's own start may be less than half a minute ago, and then expired claims are honoured for longer.
LEASE = 60


def event(world, event_id):
    """The event's own row: what makes sending once."""
    [row] = world.audit.query("SELECT * FROM notifications.event WHERE event_id = %s", event_id)
    return row


def mails_of(world, event_id):
    """What crossed the wire for an event, answered or not."""
    crossed = [*world.smtp.messages, *world.smtp.refused]
    return [mail for mail in crossed if mail.message["Notifyd-Event-ID"] == event_id]


def add_held_email(catalogue):
    """A notification whose uncertain emails wait for an operator."""
    folder = catalogue / "order.shipped"
    (folder / "samples").mkdir(parents=True)
    (folder / "notification.yaml").write_text(
        "description: An order left\ncategory: transactional\nchannels: [email]\nuncertain: {email: hold}\n"
        "fields: {orderId: id, userId: id}\n")
    (folder / "email.en.md").write_text('---\nsubject: "Order {{orderId}}"\n---\nYour order {{orderId}} left.\n')
    (folder / "samples/default.json").write_text('{"orderId": "o1", "userId": "u1", "email": "a@example.com"}')


def order():
    return {"orderId": unique("order"), "userId": "u1", "email": "held@example.com"}


# No answer


def test_an_sms_without_an_answer_is_held_and_nothing_but_an_operator_sends_it_again(world):
    world.twilio.answer(PHONE, Answer(delay=2.5), Answer())
    world.start({**SMS, **SHORT})
    data = payment(phone=PHONE)
    event_id = world.publish("payment.completed", data)
    row = world.settled(event_id, "uncertain")
    assert row["error_code"] == "http.no_answer" and row["attempts"] == 1
    # Twilio takes it only now, when nobody listens any more.
    world.twilio.wait_for(1)
    [kept] = world.audit.parked()
    assert (kept["hold"], kept["notification_id"]) == ("uncertain", row["id"]) and len(kept["body"]) > 0
    # Copies, and a process that knows nothing of it.
    world.publish("payment.completed", data, message_id=event_id)
    world.publish("payment.completed", data)
    world.wait_until_all_is_acked()
    world.daemon.stop()
    world.start({**SMS, **SHORT})
    world.publish("payment.completed", data, message_id=event_id)
    world.wait_until_all_is_acked()
    other = world.publish("payment.completed", payment(phone="+4915207654321"))
    world.settled(other, "sent")
    assert len(world.twilio.to(PHONE)) == 1
    assert holds(world) == {"uncertain": 1} and world.audit.row(event_id)["status"] == "uncertain"


# Crashes at each step of an event's way


@dataclasses.dataclass(frozen=True)
class Crash:
    """Where the owner dies, and what must come of the event."""

    step: str
    channel: str
    status: str = "sent"
    sent: int = 1  # messages that reach the provider
    resent: int = 0


CRASHES = [
    Crash("claim", "sms"),
    Crash("begin", "sms", status="uncertain", sent=0),
    Crash("last_byte", "sms", status="uncertain"),
    Crash("accepted", "sms", status="uncertain"),
    Crash("settle", "sms"),
    Crash("ack", "sms"),
    Crash("claim", "email", resent=1),
    Crash("last_byte", "email", sent=2, resent=1),
    Crash("accepted", "email", sent=2, resent=1),
    Crash("settle", "email"),
    Crash("ack", "email"),
    # Last, since the process after it takes the event up at once.
    Crash("receive", "sms"),
]


def test_a_crash_at_any_step_ends_as_the_channels_rule_says(world):
    """One event and one process for each crash, and at last one that finishes what they left."""
    begun = {}
    for number, crash in enumerate(CRASHES):
        address = {"phone": f"+491520000{number:04d}"} if crash.channel == "sms" else {
            "email": f"{crash.step}@example.com"}
        event_id = unique("evt")
        daemon = world.start(SMS, {"CRASH_AT": crash.step, "CRASH_EVENT": event_id})
        world.publish("payment.completed", payment(**address), message_id=event_id)
        assert daemon.wait() == -signal.SIGKILL
        begun[crash] = event_id, address
    expire_leases(world)
    world.start(SMS)
    for crash, (event_id, address) in begun.items():
        row = world.settled(event_id, crash.status, within=LEASE)
        assert row["resend_count"] == crash.resent, crash
        if crash.channel == "sms":
            assert len(world.twilio.to(address["phone"])) == crash.sent, crash
        else:
            mails = mails_of(world, event_id)
            assert len(mails) == crash.sent, crash
            assert len({mail.message["Message-ID"] for mail in mails}) == 1, crash
        if crash.status == "uncertain":
            assert row["error_code"] == "http.no_answer", crash
            assert [kept["hold"] for kept in world.audit.parked(notification_id=row["id"])] == ["uncertain"], crash
    world.wait_until_all_is_acked()
    held = sum(crash.status == "uncertain" for crash in CRASHES)
    eventually(lambda: holds(world) == {"uncertain": held}, lambda: f"nothing else is kept: {holds(world)}")
    assert world.audit.query("SELECT * FROM notifications.event WHERE lease_until IS NOT NULL") == []


# A lease that runs out under its owner


def test_an_answer_under_a_lost_claim_is_recorded(world, catalogue):
    add_held_email(catalogue)
    settings = {**SMS, "catalogue.path": catalogue, "rabbitmq.heartbeat": "1s"}
    world.smtp.delay(2)
    world.twilio.answer(PHONE, Answer(delay=2))
    first = world.start(settings)
    resent = world.publish("payment.completed", payment(email="resent@example.com"))
    held = world.publish("order.shipped", order())
    text = world.publish("payment.completed", payment(phone=PHONE))
    eventually(lambda: world.smtp.commands.count("DATA") == 2 and event(world, text)["begun"] == ["sms"],
               "all three on their way")
    first.process.freeze()
    eventually(lambda: len(world.smtp.messages) == 2 and len(world.twilio.requests) == 1,
               "all are accepted, and nobody listens")
    world.smtp.delay(0)
    expire_leases(world)
    second = world.start(settings)
    again = world.settled(resent, "sent", within=LEASE)
    assert again["resend_count"] == 1
    for each, code in ((held, "smtp.no_answer"), (text, "http.no_answer")):
        assert world.settled(each, "uncertain", within=LEASE)["error_code"] == code
    assert holds(world) == {"uncertain": 2}
    first.process.thaw()
    first.wait_for("accepted under a claim that was lost", event_id=resent)
    for each, provider in ((held, "smtp"), (text, "twilio")):
        first.wait_for("uncertain notification was sent after all", event_id=each)
        row = world.settled(each, "sent")
        assert row["error_code"] is None and row["sent_at"] is not None and row["provider"] == provider
        assert [each["outcome"] for each in world.audit.attempts(row["id"])] == ["accepted"]
    assert [each["outcome"] for each in world.audit.attempts(again["id"])] == ["accepted", "accepted"]
    assert (len(mails_of(world, resent)), len(mails_of(world, held)), len(world.twilio.requests)) == (2, 1, 1)
    check_nothing_is_left(world)
    assert first.process.is_running and second.process.is_running


def test_a_daemon_killed_while_an_email_is_on_its_way_is_succeeded_after_its_lease(world):
    world.smtp.delay(3)
    first, second = world.start(SHORT), None
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    eventually(lambda: world.smtp.commands.count("DATA") == 1, "the mail is on its way")
    second = world.start(SHORT)
    first.kill()
    world.smtp.delay(0)
    row = world.settled(event_id, "sent", within=LEASE)
    assert (row["resend_count"], row["attempts"]) == (1, 1), "taking over uses no attempt"
    assert second.find(None, event_id=event_id, outcome="sent")
    assert len({mail.message["Message-ID"] for mail in mails_of(world, event_id)}) == 1
    check_nothing_is_left(world)


# Seen again while the first is being sent


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_redelivery_during_a_send_waits_for_it(world, replicas):
    with Proxy(world.broker.port) as road:
        through = world.broker.url().replace(f":{world.broker.port}/", f":{road.port}/")
        world.smtp.delay(2)
        first = world.start({"rabbitmq.url": through})
        event_id = world.publish("payment.completed", payment(email="a@example.com"))
        eventually(lambda: world.smtp.commands.count("DATA") == 1, "the mail is on its way")
        if replicas == 2:
            world.start()
            road.refuse()  # the other replica gets it
            eventually(lambda: holds(world) == {"lease": 1}, "its copy is parked")
        else:
            road.cut()
            first.wait_for("reconnected", component="broker")
            eventually(lambda: world.queue_depth() == 0, "it is delivered again")
        world.settled(event_id, "sent")
        road.pass_on()
        check_nothing_is_left(world)
        never(lambda: len(world.smtp.messages) != 1, "sent once", during=0.5)
        row = world.audit.row(event_id)
        assert (row["attempts"], row["resend_count"]) == (1, 0)
        assert len(world.audit.attempts(row["id"])) == 1


def test_copies_that_reach_two_replicas_at_once_leave_nothing_behind(world, folder):
    """Copies park while their first is being settled: whoever comes last finds nothing to keep."""
    with MailSink(folder, delay=5) as sink:
        for _ in range(2):
            world.start({"smtp.url": sink.url, "rabbitmq.prefetch": "4"})
        events = email_events(150)
        world.publish_many([copy for each in events for copy in (each, each, each)])
        wait_until_sent(world, len(events))
        check_nothing_is_left(world)
        assert sorted(mail["Notifyd-Event-ID"] for mail in sink.messages()) == sorted(ids(events))
    assert world.audit.statuses() == {"sent": len(events)}
    assert world.audit.count("notification_log", resend_count=0, attempts=1) == len(events)


# A drain


def test_a_drain_gives_back_what_was_not_sent_and_keeps_what_was(world):
    world.smtp.delay(6)
    settings = {"shutdown.drain": "1s", "smtp.connections": "2", "smtp.rate": "2"}
    first = world.start(settings)
    world.publish_many(events := email_events(6))
    eventually(lambda: world.smtp.commands.count("DATA") >= 2, "two are on their way, no session for the rest")
    first.stop()
    claimed = world.audit.query("SELECT event_id FROM notifications.event WHERE lease_until IS NOT NULL")
    assert 1 <= len(claimed) <= 2, "only those whose last byte was out stay claimed"
    sent = {row["event_id"] for row in claimed}
    assert all(mails <= 1 for mails in (len(mails_of(world, each)) for each in ids(events)))
    world.smtp.delay(0)
    world.start({**settings, "smtp.connections": "4", "smtp.rate": None})
    for event_id in set(ids(events)) - sent:
        row = world.settled(event_id, "sent", within=10)
        assert (row["resend_count"], row["attempts"]) == (0, 1), "a released claim is no resend"
    expire_leases(world)
    for event_id in sent:
        row = world.settled(event_id, "sent", within=LEASE)
        assert row["resend_count"] == 1
    check_nothing_is_left(world)
