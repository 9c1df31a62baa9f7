"""What Twilio says, and what becomes of the notification (contract sections 6 and 8)."""

import datetime

import pytest

from harness import Answer
from helpers.events import payment, unique
from helpers.waiting import eventually, never

PHONE = "+4915201234567"
SMS = {"sms.providers": "twilio", "retry.delays": "50ms,50ms"}


def publish(world, phone=PHONE, user="u1"):
    return world.publish("payment.completed", payment(user, phone=phone))


def known(world, **fields):
    """A contact with these fields, so that nothing about its addresses is open."""
    user = unique("user")
    world.publish("user.updated", {"userId": user, **fields})
    eventually(lambda: world.audit.contact(user), "the contact")
    return user


def test_201_is_sent_and_its_sid_is_the_providers_message_id(world):
    world.start(SMS)
    event_id = publish(world)
    row = world.settled(event_id, "sent")
    request = world.twilio.wait_for(1)[0]
    assert request.sid, "path, account and credentials are Twilio's"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.form["To"] == PHONE and request.form["From"] == world.twilio_from
    assert request.form["Body"].startswith("We received your payment of €19.99.")
    assert row["provider_message_id"] == request.sid
    assert (row["provider"], row["channel"], row["attempts"]) == ("twilio", "sms", 1)


def test_400_with_21211_fails_at_once(world):
    world.start(SMS)
    world.twilio.answer(PHONE, Answer(400, 21211))
    event_id = publish(world)
    row = world.settled(event_id, "failed")
    assert (row["error_code"], row["attempts"]) == ("twilio.21211", 1)
    assert PHONE not in row["error"], "an answer that repeats the address is masked"
    assert [(each["reason"], each["error_code"], each["channel"])
            for each in world.audit.dead_letters(event_id=event_id)] == [("failed", "twilio.21211", "sms")]


def test_an_unknown_code_with_400_fails_too(world):
    world.start(SMS)
    world.twilio.answer(PHONE, Answer(400, 39999))
    assert world.settled(publish(world), "failed")["error_code"] == "twilio.39999"


def test_429_waits_at_least_as_long_as_retry_after_says(world):
    world.start(SMS)
    world.twilio.answer(PHONE, Answer(429, 20429, retry_after=2), Answer())
    event_id = publish(world)
    row = world.settled(event_id, "sent")
    first, second = world.audit.attempts(row["id"])
    assert first["error_code"] in ("twilio.20429", "http.429")
    ended = first["started_at"] + datetime.timedelta(milliseconds=first["duration_ms"])
    assert (second["started_at"] - ended).total_seconds() >= 1.95
    assert row["attempts"] == 2 and len(world.twilio.requests) == 2


@pytest.mark.parametrize("status", [408, 425, 503])
def test_an_answer_that_promises_better_times_is_tried_again(world, status):
    world.start(SMS)
    world.twilio.answer(PHONE, Answer(status), Answer())
    row = world.settled(publish(world), "sent")
    assert row["attempts"] == 2
    assert world.audit.attempts(row["id"])[0]["error_code"] == f"http.{status}"


def test_500_is_uncertain_and_held_until_somebody_decides(world):
    world.start(SMS)
    world.twilio.answer(PHONE, Answer(500, 20500), Answer())
    event_id = publish(world)
    row = world.settled(event_id, "uncertain")
    assert row["error_code"] in ("http.500", "twilio.20500") and row["attempts"] == 1
    held = world.audit.parked()
    assert [(each["hold"], each["notification_id"]) for each in held] == [("uncertain", row["id"])], "the body is kept"
    world.wait_until_all_is_acked()
    never(lambda: len(world.twilio.requests) > 1, "an uncertain SMS was sent again", during=1.5)
    world.publish("payment.completed", payment(phone=PHONE))
    world.twilio.wait_for(2)


def test_a_connection_that_breaks_after_the_request_is_uncertain_and_never_posted_again(world):
    world.start(SMS)
    world.settled(publish(world), "sent")
    world.twilio.answer(PHONE, Answer(close=True), Answer())
    event_id = publish(world)
    row = world.settled(event_id, "uncertain")
    assert row["error_code"] == "http.no_answer"
    never(lambda: len(world.twilio.requests) > 2, "the transfer library posted it again by itself", during=1.5)


def test_stop_is_suppressed_and_remembered_for_that_number(world):
    world.start(SMS)
    world.twilio.answer(PHONE, Answer(400, 21610))
    user = known(world, phone=PHONE)
    row = world.settled(publish(world, user=user), "suppressed")
    assert row["error_code"] in ("contact.stopped", "twilio.21610")
    assert [each["channel"] for each in world.audit.suppressions()] == ["sms"]
    assert world.audit.suppressions()[0]["address_hash"] == row["address_hash"]
    again = publish(world, user=user)
    row = eventually(lambda: world.audit.row(again), "the next one's row")
    assert row["status"] in ("suppressed", "failed"), "with no other usable channel there is nobody to send to"
    assert row["error_code"] in ("contact.stopped", "address.missing")
    other = publish(world, "+4915207654321")
    world.settled(other, "sent")
    assert len(world.twilio.requests) == 2, "one refused, one to another number"
    assert world.audit.dead_letters(error_code="twilio.21610") == []


def test_wrong_credentials_are_our_own_trouble_and_use_no_attempt(world):
    world.start(SMS)
    world.twilio.answer(PHONE, Answer(401, 20003), Answer())
    event_id = publish(world)
    row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
    assert (row["status"], row["attempts"]) == ("retrying", 0)
    assert row["error_code"] in ("twilio.20003", "http.401")
    assert world.settled(event_id, "sent", within=20)["attempts"] == 1


def test_an_sms_over_the_segment_limit_fails_before_it_is_sent(world):
    world.start({**SMS, "sms.maxSegments": "1"})
    event_id = world.publish("payment.completed", payment(phone=PHONE, payment_id="p" * 190))
    assert world.settled(event_id, "failed")["error_code"] == "template.segments"
    assert len(world.twilio.requests) == 0


def test_a_number_that_is_no_number_leaves_nothing_to_send_to(world):
    world.start(SMS)
    event_id = world.publish("payment.completed", payment(known(world, name="Sam"), phone="0171-12345"))
    row = world.settled(event_id, "failed")
    assert row["error_code"] in ("address.missing", "address.invalid")
    assert len(world.twilio.requests) == 0
