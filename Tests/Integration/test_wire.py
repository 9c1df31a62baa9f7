"""The forms an event may have on the wire."""

import json

import pytest

from helpers.events import payment, signup, unique
from helpers.mails import plain
from helpers.waiting import eventually


def test_a_binary_cloudevent_is_identified_by_its_source_and_id(world):
    world.start()
    data = payment("u1", email="a@example.com")
    headers = {"cloudEvents:specversion": "1.0", "cloudEvents:type": "com.example.paid", "cloudEvents:source": "/shop",
               "cloudEvents:id": "77"}
    world.publish_raw("payment.completed", json.dumps(data).encode(), message_id=None, headers=headers)
    assert world.settled("/shop#77", "sent")
    assert world.smtp.wait_for(1)[0].message["Notifyd-Event-ID"] == "/shop#77"


def test_a_binary_cloudevent_with_underscores_is_understood_too(world):
    world.start()
    headers = {"cloudEvents_specversion": "1.0", "cloudEvents_type": "payment.completed",
               "cloudEvents_source": "/shop", "cloudEvents_id": "78"}
    world.publish_raw("payment.completed", json.dumps(payment("u1", email="a@example.com")).encode(), message_id=None,
                      headers=headers)
    assert world.settled("/shop#78", "sent")


def test_a_structured_cloudevent_carries_its_data_inside(world):
    world.start()
    envelope = {"specversion": "1.0", "type": "payment.completed", "source": "/shop", "id": "79",
                "datacontenttype": "application/json", "data": payment("u1", email="a@example.com", name="Zoë")}
    world.publish_raw("payment.completed", json.dumps(envelope).encode(), message_id=None,
                      content_type="application/cloudevents+json; charset=utf-8")
    assert world.settled("/shop#79", "sent")
    assert "Hello Zoë," in plain(world.smtp.wait_for(1)[0].message)


def test_an_id_in_the_body_identifies_an_event_without_a_message_id(world):
    world.start()
    data = {"userId": "u1", "email": "a@example.com", "resetUrl": "https://app.example.com/r", "eventId": "body-1"}
    for _ in range(2):
        world.publish_raw("user.password-reset", json.dumps(data).encode(), message_id=None)
    assert world.settled("body-1", "sent")
    world.wait_until_all_is_acked()
    assert len(world.smtp.messages) == 1, "the same event id twice is one mail"


def test_ids_as_numbers_and_as_strings_are_the_same(world):
    world.start()
    user = 700_001
    first = world.publish("user.signup", {"userId": user, "email": "seven@example.com"})
    world.settled(first, "sent")
    copy = world.publish("user.signup", {"userId": str(user), "email": "seven@example.com"})
    paid = world.publish("payment.completed", payment(str(user), payment_id=4711))
    assert world.settled(paid, "sent")["recipient_id"] == str(user)
    world.publish("payment.completed", payment(user, payment_id="4711"))
    world.wait_until_all_is_acked()
    assert world.audit.log(event_id=copy) == [], "the second signup of the same user is a copy"
    assert len(world.smtp.messages) == 2, "one welcome, one receipt"


def test_two_services_that_publish_the_same_payment_cause_one_mail(world):
    world.start()
    data = payment("u1", email="a@example.com")
    first = world.publish("payment.completed", data)
    world.settled(first, "sent")
    world.publish("payment.completed", data)
    world.wait_until_all_is_acked()
    world.daemon.stop()
    assert len(world.smtp.messages) == 1 and world.audit.statuses() == {"sent": 1}


def test_two_equal_events_without_any_id_are_two_mails(world):
    world.start()
    body = json.dumps({"userId": "u1", "email": "a@example.com", "resetUrl": "https://app.example.com/r?t=1"}).encode()
    for _ in range(2):
        world.publish_raw("user.password-reset", body, message_id=None)
    world.smtp.wait_for(2)
    eventually(lambda: world.audit.statuses() == {"sent": 2}, "two rows")
    ids = {mail.message["Notifyd-Event-ID"] for mail in world.smtp.messages}
    assert len(ids) == 2, "each got an id of its own"
    assert len({mail.message["Message-ID"] for mail in world.smtp.messages}) == 2
    world.wait_until_all_is_acked()


def test_money_is_exact_whatever_form_it_has_on_the_wire(world):
    world.start()
    cases = {
        '{"paymentId":"m1","userId":"u","amount":19.99,"currency":"EUR"': "€19.99",
        '{"paymentId":"m2","userId":"u","amount":19.989999999999998,"currency":"EUR"': "€19.99",
        '{"paymentId":"m3","userId":"u","amount":"12345678901234.56","currency":"EUR"': "€12,345,678,901,234.56",
        '{"paymentId":"m4","userId":"u","amount":12345678901234.56,"currency":"USD"': "$12,345,678,901,234.56",
        '{"paymentId":"m5","userId":"u","amount":1000,"currency":"JPY"': "¥1,000",
        '{"paymentId":"m6","userId":"u","amount":"0.005","currency":"KWD"': "0.005",
        '{"paymentId":"m7","userId":"u","amount":1e2,"currency":"EUR"': "€100.00",
    }
    ids = {}
    for start, shown in cases.items():
        body = (start + ',"email":"a@example.com"}').encode()
        ids[world.publish_raw("payment.completed", body)] = shown
    world.smtp.wait_for(len(cases))
    for mail in world.smtp.messages:
        shown = ids.pop(mail.message["Notifyd-Event-ID"])
        assert shown in plain(mail.message), f"{shown} is not in {plain(mail.message)}"
    assert not ids


def test_a_type_that_nobody_knows_waits_and_then_fails(world):
    world.start({"retry.delays": "50ms,50ms"})
    world.bind("order.unheard-of")
    event_id = world.publish("order.unheard-of", {"orderId": "o1"})
    row = world.settled(event_id, "failed")
    assert (row["error_code"], row["channel"]) == ("type.unknown", "none")
    assert [each["reason"] for each in world.audit.dead_letters(event_id=event_id)] == ["failed"]


@pytest.mark.parametrize("field", [{"expiresAt": "12/27"}, {"email": {}}, {"userId": {}}, {"name": []}], ids=str)
def test_a_type_that_nobody_knows_may_have_anything_in_its_fields(world, field):
    world.start()
    world.bind("card.expiring")
    event_id = world.publish("card.expiring", {"cardId": "c1", **field})
    row = world.settled(event_id, "retrying")
    assert (row["error_code"], row["channel"]) == ("type.unknown", "none")


def test_a_token_becomes_a_link_where_the_configuration_says_how(world):
    world.start({"links.passwordReset": "https://app.example.com/new?token={token}", "links.hosts": "app.example.com"})
    world.publish("user.password-reset", {"userId": "u1", "token": "a+b/c", "email": "a@example.com"})
    assert "https://app.example.com/new?token=a%2Bb%2Fc" in plain(world.smtp.wait_for(1)[0].message)


def test_unknown_fields_harm_nothing(world):
    world.start()
    event_id = world.publish("user.signup", signup(email="a@example.com", plan={"tier": [1, None, True]}, password="x"))
    world.settled(event_id, "sent")
