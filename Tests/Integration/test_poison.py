"""Events that can never become a message: recorded, moved out of the way, and harmless to their neighbours."""

import hashlib
import json

import pytest

from helpers.events import payment, reset, unique
from helpers.waiting import eventually

ONE_MIB = 1 << 20


def body(data):
    return json.dumps(data).encode()


POISON = {
    "broken JSON": ("payment.completed", b'{"paymentId": "p1", "userId"', "json.invalid"),
    "not UTF-8": ("payment.completed", b'{"paymentId": "p1", "userId": "\xff\xfe"}', "json.invalid"),
    "an empty body": ("payment.completed", b"", "json.invalid"),
    "a field missing": ("payment.completed", body({"userId": "u1", "amount": "1", "currency": "EUR"}), "shape.invalid"),
    "a field of the wrong kind": ("payment.completed", body(payment(amount={"value": 1})), None),
    "an array": ("payment.completed", b"[1, 2]", "shape.invalid"),
    "money with too many decimals": ("payment.completed", body(payment(amount="19.999")), "money.invalid"),
    "money in no currency": ("payment.completed", body(payment(currency="EURO")), "money.invalid"),
    "a body over 1 MiB": ("payment.completed", body(payment(note="x" * ONE_MIB)), "body.too_large"),
    "a link to another host": ("user.password-reset", body(reset("u1", resetUrl="https://evil.example/r?token=1",
                                                                email="a@example.com")), "link.host"),
    "a link without TLS": ("user.password-reset", body(reset("u1", resetUrl="http://app.example.com/r?token=1",
                                                            email="a@example.com")), "link.host"),
}


def check_dead(world, event_id, event_type, error_code):
    """One `rejected` row and one dead letter, and both queues empty."""
    row = world.settled(event_id, "rejected")
    assert row["channel"] == "none"
    assert row["dedupe_key"] == f"rejected:{event_id}"
    assert row["event_type"] == event_type
    assert row["error"] and "\n" not in row["error"], "it says why in one line"
    if error_code:
        assert row["error_code"] == error_code
    dead = eventually(lambda: world.audit.dead_letters(event_id=event_id), f"{event_id} in dead_letter")
    assert len(dead) == 1, f"{event_id} is in dead_letter {len(dead)} times"
    assert (dead[0]["reason"], dead[0]["error_code"]) == ("rejected", row["error_code"])
    assert dead[0]["event_type"] == event_type and dead[0]["replayed_at"] is None
    return dead[0]


def test_every_kind_of_poison_ends_in_dead_letter_with_its_reason_and_its_neighbours_arrive(world):
    world.start({"links.hosts": "app.example.com"})
    published = {}
    neighbours = []
    for name, (event_type, data, code) in POISON.items():
        published[name] = world.publish_raw(event_type, data)
        address = f"{unique('good')}@example.com"
        neighbours.append(address)
        world.publish("payment.completed", payment("u1", email=address))
    for name, (event_type, data, code) in POISON.items():
        dead = check_dead(world, published[name], event_type, code)
        if len(data) <= ONE_MIB:
            assert bytes(dead["body"]) == data, f"{name}: the body is kept byte for byte"
    world.smtp.wait_for(len(neighbours))
    assert sorted(mail.recipients[0] for mail in world.smtp.messages) == sorted(neighbours)
    world.wait_until_all_is_acked()
    assert world.audit.statuses() == {"sent": len(neighbours), "rejected": len(POISON)}


def test_poison_seen_twice_is_recorded_once_and_collected_once(world):
    world.start()
    event_id = unique("evt")
    for _ in range(3):
        world.publish_raw("payment.completed", b"{", message_id=event_id)
    check_dead(world, event_id, "payment.completed", "json.invalid")
    world.wait_until_all_is_acked()
    world.daemon.stop()
    assert len(world.audit.log(event_id=event_id)) == 1
    assert len(world.audit.dead_letters(event_id=event_id)) == 1
    assert world.queue_depth() == 0 and world.dead_queue_depth() == 0
    assert len(world.daemon.find("notification rejected", event_id=event_id)) == 1, "one line for its one row"


def test_poison_without_an_id_is_told_apart_by_its_body(world):
    world.start()
    for data in (b"{", b"{", b"{{"):
        world.publish_raw("payment.completed", data, message_id=None)
    eventually(lambda: world.audit.count("dead_letter") == 2, "two dead letters of three messages, two of them equal")
    world.wait_until_all_is_acked()
    rows = world.audit.log(status="rejected")
    assert len(rows) == 2 and all(row["dedupe_key"].startswith("rejected:") for row in rows)
    assert {row["dedupe_key"] for row in rows} == {
        f"rejected:{hashlib.sha256(b'payment.completed' + data).hexdigest()}" for data in (b"{", b"{{")}


def test_the_same_payment_with_another_amount_is_an_identity_conflict(world):
    world.start()
    payment_id = unique("pay")
    first = world.publish("payment.completed", payment("u1", "10", payment_id=payment_id, email="a@example.com"))
    world.settled(first, "sent")
    other = world.publish("payment.completed", payment("u1", "11", payment_id=payment_id, email="a@example.com"))
    dead = check_dead(world, other, "payment.completed", "identity.conflict")
    assert json.loads(bytes(dead["body"]))["amount"] == "11"
    assert len(world.smtp.messages) == 1


def test_an_event_that_waits_for_its_contact_has_values_to_conflict_with(world):
    world.start({"retry.delays": ",".join(["200ms"] * 5 + ["1s"] * 15)})
    user, payment_id = unique("user"), unique("pay")
    first = world.publish("payment.completed", payment(user, "10", payment_id=payment_id))
    eventually(lambda: (row := world.audit.row(first)) and row["error_code"] == "contact.unknown", "it waits")
    other = world.publish("payment.completed", payment(user, "11", payment_id=payment_id))
    dead = check_dead(world, other, "payment.completed", "identity.conflict")
    assert json.loads(bytes(dead["body"]))["amount"] == "11"
    world.publish("user.updated", {"userId": user, "email": "late@example.com"})
    world.settled(first, "sent")
    assert len(world.smtp.messages) == 1


def test_a_poison_event_blocks_no_later_good_event_of_the_same_id(world):
    world.start()
    event_id = unique("evt")
    world.publish_raw("payment.completed", b"{", message_id=event_id)
    check_dead(world, event_id, "payment.completed", "json.invalid")
    world.publish("payment.completed", payment("u1", email="a@example.com"), message_id=event_id)
    world.smtp.wait_for(1)
    eventually(lambda: {row["status"] for row in world.audit.log(event_id=event_id)} == {"rejected", "sent"},
               "both rows of that id")


def test_a_message_dead_lettered_while_the_daemon_was_away_is_collected_when_it_comes_back(world):
    world.start()
    world.daemon.stop()
    event_id = unique("evt")
    world.publish_raw(world.queue, b'{"paymentId": "p"', message_id=event_id, exchange=world.dead_letter_exchange,
                      headers={"x-death": [{"queue": world.queue, "reason": "rejected", "count": 1,
                                            "exchange": world.exchange, "routing-keys": ["payment.completed"]}]})
    world.start()
    eventually(lambda: world.audit.dead_letters(event_id=event_id), "its dead letter")
    eventually(lambda: world.dead_queue_depth() == 0, "the dead-letter queue empty")


@pytest.mark.parametrize("key", ["", "a" * 255, "payment.completed.extra", "*.#"])
def test_a_routing_key_out_of_the_ordinary_stops_nothing(world, key):
    world.start()
    world.bind(key or "#")
    world.publish_raw(key, b"{}", message_id=unique("evt"))
    after = world.publish("payment.completed", payment("u1", email="a@example.com"))
    world.settled(after, "sent")
