"""Nothing secret and nobody's address where it does not belong."""

import json

from harness import Answer
from helpers.events import payment, reset, signup, unique
from helpers.spans import process_spans
from helpers.waiting import eventually

SECRET = "S3cr3tM4rk"


def test_no_log_line_span_or_audit_row_has_an_address_a_token_or_a_password(world, collector):
    mark = unique("mark").replace("-", "")
    good, bad, slow = (f"{kind}.{mark}@private.example" for kind in ("good", "bad", "slow"))
    phone, wrong, stopped = "+4915207770001", "+4915207770002", "+4915207770003"
    token = f"tok{mark}{SECRET}"
    world.smtp.answer("rcpt", f"550 5.1.1 <{bad}> unknown", recipient=bad)
    world.smtp.answer("rcpt", f"450 4.2.0 {slow} is busy, {slow.upper()} too", times=1, recipient=slow)
    world.twilio.answer(wrong, Answer(400, 21211))
    world.twilio.answer(stopped, Answer(400, 21610))
    world.start({"sms.providers": "twilio", "retry.delays": "50ms", "log.level": "debug",
                 "links.hosts": "app.example.com"}, collector.environment)
    link = f"https://app.example.com/reset?token={token}"
    expected = {
        world.publish("user.signup", signup(email=good, name=f"Name{mark}")): "sent",
        world.publish("payment.completed", payment(email=bad)): "failed",
        world.publish("payment.completed", payment(email=slow)): "sent",
        world.publish("payment.completed", payment(phone=phone)): "sent",
        world.publish("payment.completed", payment(phone=wrong)): "failed",
        world.publish("payment.completed", payment(phone=stopped)): "suppressed",
        world.publish("user.password-reset", reset("u1", resetUrl=link, email=good)): "sent",
        world.publish("user.password-reset", reset("u1", resetUrl=link.replace("app.", "evil."), email=good)):
            "rejected",
        world.publish_raw("payment.completed", f'{{"email": "{good}", "token": "{token}"'.encode()): "rejected",
        world.publish("payment.completed", payment(email=good, amount=f"{token}")): "rejected",
        world.publish("user.signup", signup(email=f"{good}, {bad}")): "failed",
    }
    for event_id, status in expected.items():
        world.settled(event_id, status)
    for event_id in expected:
        eventually(lambda: process_spans(collector, event_id), f"the span of {event_id}")
    world.daemon.stop()

    tables = {table: world.audit.query(f"SELECT * FROM notifications.{table}")
              for table in ("notification_log", "delivery_attempt", "event", "operator_action", "suppression")}
    places = {
        "the log": "\n".join(map(json.dumps, world.daemon.lines)) + "\n".join(world.daemon.other_output)
                   + world.daemon.errors,
        "the spans": repr(collector.spans),
        "the audit tables": repr(tables),
    }
    for what in (good, bad, slow, phone, wrong, stopped, token, SECRET, f"Name{mark}",
                 world.twilio.token, world.postgres.password, world.broker.password):
        for place, text in places.items():
            at = text.lower().find(what.lower())
            assert at < 0, f"{place} has {what}: …{text[max(0, at - 200):at + 80]}…"
    assert world.twilio.account not in places["the spans"]
    bodies = b"".join(bytes(each["body"]) for each in world.audit.dead_letters())
    assert token.encode() in bodies, "links and tokens are in the bodies of dead letters only"
    assert world.audit.parked() == []


def test_a_storage_key_encrypts_bodies_at_rest_and_show_reveals_them(world):
    key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    world.start({"storage.key": key})
    world.smtp.answer("rcpt", "550 5.1.1 unknown", recipient="bad@example.com")
    failed = world.publish("payment.completed", payment(email="bad@example.com", note="Plaintext-Marker"))
    rejected = world.publish_raw("payment.completed", b'{"Plaintext-Marker')
    world.settled(failed, "failed")
    eventually(lambda: world.audit.count("dead_letter") == 2, "both dead letters")
    for dead in world.audit.dead_letters():
        assert b"Plaintext-Marker" not in bytes(dead["body"])
        assert "Plaintext-Marker" not in repr(dead["headers"])
        outcome = world.command("dlq", "show", dead["id"], "--reveal", settings={"storage.key": key})
        assert "Plaintext-Marker" in outcome.output
        assert dead["event_id"] in (failed, rejected)


def test_the_address_hash_finds_all_rows_of_an_address_and_only_those(world):
    world.start()
    ids = {address: world.publish("payment.completed", payment(email=address))
           for address in ("anna@example.com", "berta@example.com")}
    rows = {address: world.settled(event_id, "sent") for address, event_id in ids.items()}
    again = world.settled(world.publish("user.signup", signup(email="anna@example.com")), "sent")
    assert again["address_hash"] == rows["anna@example.com"]["address_hash"]
    assert again["address_hash"] != rows["berta@example.com"]["address_hash"]
    outcome = world.command("log", "--address", "anna@example.com", "--json")
    assert {row["event_id"] for row in outcome.json()} == {ids["anna@example.com"], again["event_id"]}
