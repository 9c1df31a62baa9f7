"""What the SMTP server says, and what becomes of the notification (contract section 6)."""

import datetime

import pytest

from harness import CLOSE
from helpers.events import payment, reset, signup, unique
from helpers.waiting import eventually, never

QUICK = {"retry.delays": "50ms,50ms"}


def dead_letters(world, event_id):
    return [(each["reason"], each["error_code"], each["channel"])
            for each in world.audit.dead_letters(event_id=event_id)]


def test_450_and_then_250_is_one_mail_after_two_attempts(world):
    world.start(QUICK)
    world.smtp.answer("rcpt", "450 4.2.0 mailbox busy", times=1, recipient="full@example.com")
    event_id = world.publish("payment.completed", payment(email="full@example.com"))
    row = world.settled(event_id, "sent")
    assert row["attempts"] == 2 and row["error_code"] is None and row["resend_count"] == 0
    tries = world.audit.attempts(row["id"])
    assert [each["attempt"] for each in tries] == [1, 2]
    assert tries[0]["error_code"] == "smtp.450" and "mailbox busy" in tries[0]["error"]
    assert tries[1]["error_code"] is None
    assert all(each["duration_ms"] > 0 and each["provider"] == "smtp" for each in tries)
    assert len(world.smtp.messages) == 1
    assert dead_letters(world, event_id) == [] and world.audit.parked() == []


def test_a_retry_waits_as_long_as_the_schedule_says(world):
    world.start({"retry.delays": "700ms"})
    world.smtp.answer("rcpt", "450 4.2.0 mailbox busy", times=1, recipient="full@example.com")
    event_id = world.publish("payment.completed", payment(email="full@example.com"))
    first, second = world.audit.attempts(world.settled(event_id, "sent")["id"])
    ended = first["started_at"] + datetime.timedelta(milliseconds=first["duration_ms"])
    waited = (second["started_at"] - ended).total_seconds()
    assert 0.69 <= waited < 0.7 * 1.5 + 2, f"it waited {waited} s"


def test_450_until_the_attempts_are_used_up_fails_and_leaves_a_dead_letter(world):
    world.start(QUICK)
    world.smtp.answer("rcpt", "450 4.2.0 mailbox busy", times=9, recipient="full@example.com")
    event_id = world.publish("payment.completed", payment(email="full@example.com"))
    row = world.settled(event_id, "failed")
    assert (row["attempts"], row["error_code"]) == (3, "smtp.450")
    assert dead_letters(world, event_id) == [("failed", "smtp.450", "email")]
    assert world.audit.parked() == [] and len(world.smtp.messages) == 0
    world.wait_until_all_is_acked()


@pytest.mark.parametrize("reply", ["550 5.1.1 no such user", "553 5.1.3 bad address", "521 5.2.1 mailbox disabled"])
def test_5xx_at_rcpt_fails_at_once(world, reply):
    world.start(QUICK)
    world.smtp.answer("rcpt", reply, recipient="gone@example.com")
    event_id = world.publish("payment.completed", payment(email="gone@example.com"))
    row = world.settled(event_id, "failed")
    code = f"smtp.{reply[:3]}"
    assert (row["attempts"], row["error_code"]) == (1, code)
    assert reply[4:].split(" ", 1)[1] in row["error"], "the server's own words"
    assert dead_letters(world, event_id) == [("failed", code, "email")]
    later = world.publish("payment.completed", payment(email="next@example.com"))
    assert world.settled(later, "sent"), "one bad recipient stops nobody else"


def test_5xx_after_the_final_dot_fails_at_once(world):
    world.start(QUICK)
    world.smtp.answer("data", "554 5.7.1 looks like spam", times=1, recipient="spam@example.com")
    event_id = world.publish("payment.completed", payment(email="spam@example.com"))
    assert world.settled(event_id, "failed")["error_code"] == "smtp.554"
    assert dead_letters(world, event_id) == [("failed", "smtp.554", "email")]


def test_552_at_mail_is_the_messages_fault_and_fails(world):
    world.start(QUICK)
    world.smtp.answer("mail", "552 5.3.4 message too big", times=1)
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    assert world.settled(event_id, "failed")["error_code"] == "smtp.552"
    assert dead_letters(world, event_id) == [("failed", "smtp.552", "email")]


def test_550_at_mail_is_our_own_trouble_uses_no_attempt_and_loses_nothing(world):
    world.start(QUICK)
    world.smtp.answer("mail", "550 5.7.1 sender not allowed")
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
    assert (row["status"], row["attempts"]) == ("retrying", 0), "no attempt is used up"
    assert row["error_code"] == "smtp.550"
    assert [each["hold"] for each in world.audit.parked()] == ["breaker"]
    assert dead_letters(world, event_id) == []
    world.smtp.answer("mail", None)
    assert world.settled(event_id, "sent", within=20)["attempts"] == 1
    assert len(world.smtp.messages) == 1


def test_no_answer_after_the_final_dot_is_sent_again_under_the_same_message_id(world):
    world.start(QUICK)
    world.smtp.answer("data", CLOSE, times=1, recipient="quiet@example.com")
    event_id = world.publish("payment.completed", payment(email="quiet@example.com"))
    row = world.settled(event_id, "sent")
    assert row["resend_count"] == 1, "a copy may have arrived, and the row says so"
    assert world.audit.attempts(row["id"])[0]["error_code"] == "smtp.no_answer"
    first, second = world.smtp.refused[-1], world.smtp.messages[-1]
    assert first.message["Message-ID"] == second.message["Message-ID"]


def test_a_server_that_is_away_is_waited_for(world):
    world.start({"retry.delays": "200ms,200ms,200ms,200ms,200ms,200ms,200ms,200ms,200ms,200ms,200ms,200ms"})
    world.smtp.stop()
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
    assert row["status"] == "retrying" and row["error_code"] in ("smtp.connect", "provider.open")
    world.smtp.restart()
    assert world.settled(event_id, "sent", within=30)
    assert len(world.smtp.messages) == 1


def test_what_is_too_late_expires_and_is_not_sent(world):
    world.start()
    now = datetime.datetime.now(datetime.timezone.utc)
    past = world.publish("user.password-reset", reset("u1", email="a@example.com",
                                                      expiresAt=(now - datetime.timedelta(minutes=1)).isoformat()))
    old = world.publish("payment.completed", payment(
        email="a@example.com", occurredAt=(now - datetime.timedelta(hours=73)).isoformat()))
    for event_id in (past, old):
        row = world.settled(event_id, "expired")
        assert row["error_code"] == "event.expired" and row["attempts"] == 0
        assert dead_letters(world, event_id) == []
    world.wait_until_all_is_acked()
    assert len(world.smtp.messages) == 0


def test_outside_delivery_only_is_suppressed(world):
    world.start({"delivery.only": "*@ourco.example,+49151…"})
    inside = world.publish("payment.completed", payment(email="dev@OURCO.example"))
    outside = world.publish("payment.completed", payment(email="customer@example.com"))
    row = world.settled(outside, "suppressed")
    assert row["error_code"] == "delivery.only" and row["address_masked"] and row["address_hash"]
    world.settled(inside, "sent")
    assert [mail.recipients for mail in world.smtp.messages] == [("dev@OURCO.example",)]


def test_a_disabled_type_is_suppressed(world, catalogue):
    folder = catalogue / "payment.completed"
    folder.mkdir()
    (folder / "notification.yaml").write_text(
        "description: Receipt\ncategory: transactional\nchannels: [email]\ndeliver: preferred\ndedupe: [paymentId]\n"
        "enabled: false\nfields: {paymentId: id, userId: id, amount: money(currency), currency: currency}\n")
    world.start({"catalogue.path": catalogue})
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    assert world.settled(event_id, "suppressed")["error_code"] == "type.disabled"
    assert len(world.smtp.messages) == 0


def test_who_opted_out_of_a_category_gets_no_service_mail_but_every_receipt(world, catalogue):
    folder = catalogue / "tips.weekly"
    folder.mkdir()
    (folder / "notification.yaml").write_text(
        "description: Tips\ncategory: marketing\nchannels: [email]\ndeliver: preferred\nfields: {userId: id}\n")
    (folder / "email.en.md").write_text('---\nsubject: "Tips"\n---\nHello.\n')
    world.start({"catalogue.path": catalogue})
    user = unique("user")
    world.publish("user.updated", {"userId": user, "email": "a@example.com", "optOut": ["marketing"]})
    eventually(lambda: world.audit.contact(user), "the contact")
    tips = world.publish("tips.weekly", {"userId": user})
    receipt = world.publish("payment.completed", payment(user))
    assert world.settled(tips, "suppressed")["error_code"] == "contact.opted_out"
    world.settled(receipt, "sent")
    assert len(world.smtp.messages) == 1


def test_a_contact_without_any_address_fails_as_address_missing(world):
    world.start(QUICK)
    user = unique("user")
    world.publish("user.updated", {"userId": user, "name": "Nobody"})
    eventually(lambda: world.audit.contact(user), "the contact")
    event_id = world.publish("payment.completed", payment(user))
    row = world.settled(event_id, "failed")
    assert row["error_code"] == "address.missing"
    assert [each[:2] for each in dead_letters(world, event_id)] == [("failed", "address.missing")]


def test_a_variable_that_the_event_lacks_fails_before_anything_is_sent(world):
    world.start(QUICK)
    event_id = world.publish("user.password-reset", {"userId": "u1", "token": "t1", "email": "a@example.com"})
    row = world.settled(event_id, "failed")
    assert row["error_code"] == "template.variable" and "resetUrl" in row["error"]
    assert len(world.smtp.messages) == 0
    assert dead_letters(world, event_id) == [("failed", "template.variable", "email")]


def test_of_two_channels_the_one_that_fails_never_sends_the_other_again(world, catalogue):
    folder = catalogue / "alarm.raised"
    folder.mkdir()
    (folder / "notification.yaml").write_text(
        "description: Alarm\ncategory: transactional\nchannels: [email, sms]\ndeliver: all\nfields: {userId: id}\n")
    (folder / "email.en.md").write_text('---\nsubject: "Alarm"\n---\nHello.\n')
    (folder / "sms.en.txt").write_text("Alarm\n")
    world.start({**QUICK, "catalogue.path": catalogue, "sms.providers": "twilio"})
    world.smtp.answer("rcpt", "450 4.2.0 busy", times=2, recipient="full@example.com")
    event_id = world.publish("alarm.raised", {"userId": "u1", "email": "full@example.com", "phone": "+4915201234567"})
    rows = eventually(lambda: [row for row in world.audit.log(event_id=event_id) if row["status"] == "sent"][1:]
                      and world.audit.log(event_id=event_id), "both channels sent")
    assert {row["channel"]: row["attempts"] for row in rows} == {"email": 3, "sms": 1}
    assert (len(world.smtp.messages), len(world.twilio.requests)) == (1, 1)


def test_a_second_preferred_channel_is_not_used_after_the_first_was_accepted(world):
    world.start({"sms.providers": "twilio"})
    event_id = world.publish("user.signup", signup(email="a@example.com", phone="+4915201234567"))
    assert world.settled(event_id, "sent")["channel"] == "email"
    never(lambda: len(world.twilio.requests), "an SMS went out beside the mail", during=0.5)


def test_the_file_provider_writes_maildir_and_sms_files(world, folder):
    outbox = folder / "outbox"
    world.start({"email.providers": "file", "sms.providers": "file", "file.path": str(outbox)})
    mail_id = world.publish("payment.completed", payment(email="a@example.com", name="Jürgen"))
    sms_id = world.publish("payment.completed", payment(phone="+4915201234567"))
    assert world.settled(mail_id, "sent")["provider"] == "file"
    assert world.settled(sms_id, "sent")["provider"] == "file"
    mails = list((outbox / "mail" / "new").iterdir())
    texts = list((outbox / "sms").iterdir())
    assert len(mails) == 1 and b"Notifyd-Event-ID: " + mail_id.encode() in mails[0].read_bytes()
    assert len(texts) == 1 and "We received your payment of €19.99." in texts[0].read_text()
    assert not list((outbox / "mail" / "tmp").iterdir()), "nothing half-written is left"
