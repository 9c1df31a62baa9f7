"""What waits in Postgres: for a retry, for its type to be known, for an operator (contract sections 5 and 6)."""

import base64
import os
import signal

import pytest

from harness import Answer, Database
from helpers.events import payment, reset, unique
from helpers.holds import check_nothing_is_left, email_events, holds, ids, sms_events, wait_until_sent
from helpers.waiting import eventually, never

QUICK = {"retry.delays": "200ms,200ms,200ms"}
SMS = {"sms.providers": "twilio"}
PHONE = "+4915201234567"


@pytest.fixture
def database(world):
    """Another session of Postgres, as an operator's."""
    with Database(world.database_url) as database:
        yield database


def add_order_shipped(catalogue, channels="email", more=""):
    folder = catalogue / "order.shipped"
    (folder / "samples").mkdir(parents=True)
    (folder / "notification.yaml").write_text(
        f"description: An order left\ncategory: transactional\nchannels: [{channels}]\n{more}"
        "fields: {orderId: id, userId: id}\n")
    (folder / "email.en.md").write_text('---\nsubject: "Order {{orderId}}"\n---\nYour order {{orderId}} left.\n')
    if "sms" in channels:
        (folder / "sms.en.txt").write_text("Your order {{orderId}} left.\n")
    (folder / "samples/default.json").write_text('{"orderId": "o1", "userId": "u1", "email": "a@example.com"}')


def order(**more):
    return {"orderId": unique("order"), "userId": "u1", "email": "a@example.com", **more}


def rows(world, event_id):
    return {row["channel"]: row for row in world.audit.log(event_id=event_id)}


# Channels


def test_of_two_channels_the_one_that_settled_is_not_sent_again_for_the_other(world, catalogue):
    add_order_shipped(catalogue, "email, sms", "deliver: all\n")
    world.start({**QUICK, **SMS, "catalogue.path": catalogue})
    world.smtp.answer("rcpt", "450 4.2.0 mailbox busy", times=2)
    slow_email = order(phone=PHONE)
    first = world.publish("order.shipped", slow_email)
    eventually(lambda: {name: row["status"] for name, row in rows(world, first).items()}
               == {"email": "sent", "sms": "sent"}, "both of the first")
    assert (rows(world, first)["email"]["attempts"], rows(world, first)["sms"]["attempts"]) == (3, 1)
    other = "+4915207654321"
    world.twilio.answer(other, Answer(400, 21211))
    second = world.publish("order.shipped", order(phone=other))
    eventually(lambda: {name: row["status"] for name, row in rows(world, second).items()}
               == {"email": "sent", "sms": "failed"}, "each ends by itself")
    world.publish("order.shipped", slow_email, message_id=first)
    world.wait_until_all_is_acked()
    assert (len(world.smtp.messages), len(world.twilio.to(PHONE)), len(world.twilio.to(other))) == (2, 1, 1)
    assert [dead["channel"] for dead in world.audit.dead_letters()] == ["sms"]
    assert world.audit.count("parked") == 0


def test_the_first_claim_fixes_the_channels(world, database):
    world.start({**SMS, "retry.delays": "60s"})
    user = unique("user")
    world.publish("user.updated", {"userId": user, "email": f"{user}@example.com", "phone": PHONE})
    eventually(lambda: world.audit.contact(user), "the contact")
    world.smtp.answer("rcpt", "450 4.2.0 mailbox busy", times=1)
    data = payment(user)
    event_id = world.publish("payment.completed", data)
    world.settled(event_id, "retrying")
    world.publish("user.updated", {"userId": user, "preferredChannel": "sms"})
    eventually(lambda: world.audit.contact(user)["preferred_channel"] == "sms", "the recipient's new preference")
    copy = world.publish("payment.completed", data)
    world.wait_until_all_is_acked()
    assert database.execute("UPDATE notifications.parked SET due_at = now()") == 1
    row = world.settled(event_id, "sent")
    assert (row["channel"], row["attempts"]) == ("email", 2)
    assert world.audit.row(copy) is None and world.twilio.requests == [] and len(world.smtp.messages) == 1
    later = world.publish("payment.completed", payment(user))
    assert world.settled(later, "sent")["channel"] == "sms", "what is new goes by the new preference"


# Types that are not known yet


@pytest.mark.parametrize("more", ["", "dedupe: [orderId]\n"], ids=["by its id", "by its dedupe fields"])
def test_an_unknown_type_waits_until_the_catalogue_knows_it(world, catalogue, more):
    world.start({"catalogue.path": catalogue, "retry.delays": ",".join(["1s"] * 20)})
    world.bind("order.shipped")
    data = order()
    event_id = world.publish("order.shipped", data)
    twin = world.publish("order.shipped", data)
    for each in (event_id, twin):
        row = world.settled(each, "retrying")
        assert (row["channel"], row["error_code"]) == ("none", "type.unknown")
    world.publish("order.shipped", data, message_id=event_id)
    world.wait_until_all_is_acked()
    assert world.audit.count("parked", notification_id=None) == 0 and world.audit.count("parked") == 2
    add_order_shipped(catalogue, more=more)
    world.daemon.send_signal(signal.SIGHUP)
    world.daemon.wait_for("reloaded")
    statuses = {"sent": 2} if not more else {"sent": 1, "suppressed": 1}
    eventually(lambda: world.audit.statuses() == statuses, lambda: f"{statuses}: {world.audit.log()}")
    assert len(world.smtp.messages) == statuses["sent"]
    sent = world.audit.log(status="sent")
    assert all(row["channel"] == "email" and row["error_code"] is None for row in sent)
    assert all(row["dedupe_key"].startswith("orderId:" if more else "id:") for row in sent)
    if more:
        assert [row["error_code"] for row in world.audit.log(status="suppressed")] == ["event.duplicate"]
    world.publish("order.shipped", data, message_id=event_id)
    world.publish("order.shipped", data, message_id=twin)
    check_nothing_is_left(world)
    assert world.audit.statuses() == statuses and len(world.smtp.messages) == statuses["sent"]


def test_a_type_that_stays_unknown_fails_when_its_attempts_are_used_up(world):
    world.start({"retry.delays": "100ms,100ms"})
    world.bind("order.shipped")
    event_id = world.publish("order.shipped", order())
    row = world.settled(event_id, "failed")
    assert (row["channel"], row["error_code"], row["attempts"]) == ("none", "type.unknown", 3)
    [dead] = world.audit.dead_letters(event_id=event_id)
    assert (dead["reason"], dead["channel"], dead["error_code"]) == ("failed", "none", "type.unknown")
    world.wait_until_all_is_acked()
    assert world.audit.count("parked") == 0


# Replays of rejected events


def dead_letter(world, event_id):
    """The one that was not replayed."""

    def waiting():
        return [each for each in world.audit.dead_letters(event_id=event_id) if each["replayed_at"] is None]

    [dead] = eventually(waiting, f"the dead letter of {event_id}")
    return dead


def test_a_rejected_event_that_is_right_by_now_is_sent_under_its_true_key(world):
    world.start({"links.hosts": "app.example.com"})
    data = reset("u1", resetUrl="https://login.example.com/r?token=1", email="a@example.com")
    event_id = world.publish("user.password-reset", data)
    rejected = world.settled(event_id, "rejected")
    dead = dead_letter(world, event_id)
    # Nothing has changed: it is rejected again, as the same notification.
    world.command("dlq", "replay", dead["id"])
    again = dead_letter(world, event_id)
    assert world.settled(event_id, "rejected")["id"] == rejected["id"] and again["error_code"] == "link.host"
    eventually(lambda: world.audit.count("parked") == 0, "nothing is kept of it")
    world.daemon.stop()
    world.start({"links.hosts": "app.example.com,login.example.com"})
    world.command("dlq", "replay", again["id"])
    row = world.settled(event_id, "sent")
    assert row["id"] == rejected["id"], "the row turned"
    assert (row["channel"], row["dedupe_key"], row["error_code"]) == ("email", f"id:{event_id}", None)
    assert "https://login.example.com/r?token=1" in world.smtp.wait_for(1)[0].part()
    world.publish("user.password-reset", data, message_id=event_id)
    world.wait_until_all_is_acked()
    assert len(world.smtp.messages) == 1, "a copy is a duplicate now"
    assert world.audit.count("event") == 1 and world.audit.count("parked") == 0


def test_a_conflict_stays_one_when_it_is_replayed(world):
    world.start()
    payment_id = unique("pay")
    first = world.publish("payment.completed", payment("u1", "10", payment_id=payment_id, email="a@example.com"))
    world.settled(first, "sent")
    other = world.publish("payment.completed", payment("u1", "11", payment_id=payment_id, email="a@example.com"))
    world.settled(other, "rejected")
    world.command("dlq", "replay", dead_letter(world, other)["id"])
    dead = dead_letter(world, other)
    assert (dead["reason"], dead["error_code"]) == ("rejected", "identity.conflict")
    row = world.settled(other, "rejected")
    assert (row["channel"], row["error_code"]) == ("none", "identity.conflict")
    assert world.audit.row(first)["status"] == "sent" and len(world.smtp.messages) == 1
    assert world.audit.count("parked") == 0


# Paused by an operator


def pause(database, event_type=None, channel=None):
    database.execute("INSERT INTO notifications.pause (event_type, channel, reason, who) "
                     "VALUES (%s, %s, 'wrong prices', 'ada')", event_type, channel)


def resume(database):
    database.execute("DELETE FROM notifications.pause")


def wait_until_followed(world, since):
    for daemon, mark in zip(world.daemons, since):
        daemon.wait_for("pauses changed", since=mark, timeout=5)


@pytest.mark.parametrize("scope", [{"event_type": "payment.failed"}, {"channel": "sms"}],
                         ids=["a type", "a channel"])
def test_what_is_paused_waits_on_every_replica_until_it_is_resumed(world, database, scope):
    for _ in range(2):
        world.start({**QUICK, **SMS})
    marks = [daemon.mark() for daemon in world.daemons]
    pause(database, **scope)
    wait_until_followed(world, marks)
    events = [*email_events(5), *sms_events(5)]
    events += [("payment.failed", data, event_id) for _, data, event_id in email_events(5)]
    waiting = [event_id for event_type, data, event_id in events
               if event_type == scope.get("event_type", event_type)
               and ("phone" in data or scope.get("channel") != "sms")]
    world.publish_many(events)
    wait_until_sent(world, len(events) - len(waiting))
    for event_id in waiting:
        row = world.settled(event_id, "paused")
        assert (row["error_code"], row["attempts"]) == ("operator.paused", 0)
        assert "ada" in row["error"] and "wrong prices" in row["error"]
    assert holds(world) == {"paused": len(waiting)}
    world.wait_until_all_is_acked()
    resume(database)
    wait_until_sent(world, len(events), within=20)
    assert world.audit.count("notification_log", attempts=1) == len(events)
    assert len(world.smtp.messages) + len(world.twilio.requests) == len(events)
    check_nothing_is_left(world)


def test_of_two_channels_only_the_paused_one_waits(world, catalogue, database):
    add_order_shipped(catalogue, "email, sms", "deliver: all\n")
    world.start({**QUICK, **SMS, "catalogue.path": catalogue})
    mark = [world.daemon.mark()]
    pause(database, event_type="order.shipped", channel="sms")
    wait_until_followed(world, mark)
    event_id = world.publish("order.shipped", order(phone=PHONE))
    eventually(lambda: {name: row["status"] for name, row in rows(world, event_id).items()}
               == {"email": "sent", "sms": "paused"}, lambda: f"one waits: {rows(world, event_id)}")
    other = world.publish("payment.completed", payment(phone="+4915207654321"))
    world.settled(other, "sent")
    resume(database)
    eventually(lambda: rows(world, event_id)["sms"]["status"] == "sent", "it goes on")
    assert (len(world.smtp.messages), len(world.twilio.to(PHONE))) == (1, 1)
    check_nothing_is_left(world)


def test_a_pause_in_force_at_the_start_is_kept_from_the_first_message_on(world, database):
    world.start(QUICK)
    world.daemon.stop()
    pause(database)
    world.publish_many(events := email_events(30))
    world.start(QUICK)
    eventually(lambda: holds(world) == {"paused": 30}, lambda: f"all are parked: {holds(world)}")
    assert world.smtp.commands == []
    resume(database)
    wait_until_sent(world, len(events), within=20)
    assert len(world.smtp.messages) == len(events)
    check_nothing_is_left(world)


def test_a_retry_that_comes_due_while_its_type_is_paused_waits_with_its_attempts(world, database):
    world.start({"retry.delays": "1s,1s"})
    world.smtp.answer("rcpt", "450 4.2.0 mailbox busy", times=1)
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    world.settled(event_id, "retrying")
    pause(database, event_type="payment.completed")
    assert world.settled(event_id, "paused")["attempts"] == 1
    resume(database)
    assert world.settled(event_id, "sent")["attempts"] == 2
    check_nothing_is_left(world)


# Encrypted bodies


def test_bodies_at_rest_are_encrypted_and_wait_for_their_own_key(world, database):
    def key():
        return base64.b64encode(os.urandom(32)).decode()

    right = {"retry.delays": "1s", "storage.key": key()}
    world.start(right)
    world.smtp.answer("rcpt", "450 4.2.0 mailbox busy", recipient="busy@example.com")
    world.smtp.answer("rcpt", "550 5.1.1 no such user", recipient="gone@example.com")
    pause(database, channel="email")
    wait_until_followed(world, [0])
    kept = world.publish("user.password-reset", reset("u1", email="good@example.com"))
    world.settled(kept, "paused")
    world.daemon.stop()
    resume(database)
    world.start({**right, "storage.key": key()})
    world.daemon.wait_for("parked message unreadable", event_id=kept)
    dead = world.publish("user.password-reset", reset("u1", email="gone@example.com"))
    world.settled(dead, "failed")
    bodies = [bytes(row["body"]) for row in [*world.audit.parked(), *world.audit.dead_letters()]]
    assert len(bodies) == 2 and not any(b"token" in body or b"example" in body for body in bodies)
    never(lambda: world.smtp.messages or world.audit.count("parked") != 1, "put back, not lost", during=1)
    assert world.audit.query("SELECT * FROM notifications.event WHERE lease_until IS NOT NULL") == []
    world.daemon.stop()
    world.start(right)
    # Its next look is minutes away.
    database.execute("UPDATE notifications.parked SET due_at = now()")
    row = world.settled(kept, "sent")
    assert (row["attempts"], row["resend_count"]) == (1, 0)
    assert "token=abc123" in world.smtp.wait_for(1)[0].part()
    assert world.audit.count("parked") == 0
