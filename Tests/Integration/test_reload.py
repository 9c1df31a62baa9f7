"""SIGHUP: what can change live is taken over, or nothing of it is (contract section 1)."""

import base64
import json
import signal

from helpers.mails import plain

NOTIFICATION = """
description: An order left the warehouse
category: transactional
channels: [email]
fields: {orderId: id, userId: id}
"""
EMAIL = '---\nsubject: "Order {{orderId}} is on its way"\n---\nYour order {{orderId}} left us today.\n'


def add_order_shipped(catalogue):
    folder = catalogue / "order.shipped"
    (folder / "samples").mkdir(parents=True)
    (folder / "notification.yaml").write_text(NOTIFICATION)
    (folder / "email.en.md").write_text(EMAIL)
    (folder / "samples/default.json").write_text('{"orderId": "o1", "userId": "u1", "email": "a@example.com"}')
    return folder


def reload(world, message):
    since = world.daemon.mark()
    world.daemon.send_signal(signal.SIGHUP)
    return world.daemon.wait_for(message, since=since)


def test_a_new_notification_is_bound_and_sent_after_a_reload_without_a_restart(world, catalogue, sink):
    world.start({"smtp.url": sink.url, "catalogue.path": catalogue})
    add_order_shipped(catalogue)
    reload(world, "reloaded")
    event = world.publish("order.shipped", {"orderId": "o7", "userId": "u1", "email": "a@example.com"})
    world.settled(event, "sent")
    [mail] = sink.wait_for(1)
    assert mail["Subject"] == "Order o7 is on its way"
    assert "Your order o7 left us today." in plain(mail)


def test_an_invalid_catalogue_is_refused_with_an_error_and_the_old_state_stays_in_force(world, catalogue, sink):
    world.start({"smtp.url": sink.url, "catalogue.path": catalogue})
    (add_order_shipped(catalogue) / "notification.yaml").write_text("descriptoin: wrong\n")
    refused = reload(world, "reload refused")
    assert refused["level"] == "error" and "descriptoin" in refused["error"], refused
    event = world.publish("user.signup", {"userId": "u2", "email": "b@example.com"})
    world.settled(event, "sent")


def test_keys_that_only_a_restart_takes_over_are_named_without_their_values(world, folder):
    keys = [base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2)]
    file = folder / "notifyd.yaml"
    file.write_text(f"parked: {{max: 50}}\nstorage: {{key: {keys[0]}}}\n")
    world.start(environment={"NOTIFYD_CONFIG": str(file)})

    since = world.daemon.mark()
    file.write_text(f"parked: {{max: 60}}\nstorage: {{key: {keys[1]}}}\nretry: {{delays: 1s}}\n")
    reload(world, "reloaded")
    [line] = world.daemon.find("restart needed", since)
    assert (line["level"], line["keys"]) == ("warning", "parked.max, storage.key")
    assert not [key for key in keys if key in json.dumps(world.daemon.lines)]

    since = world.daemon.mark()
    file.write_text(f"parked: {{max: 50}}\nstorage: {{key: {keys[0]}}}\nlog: {{level: debug}}\n")
    reload(world, "reloaded")
    assert world.daemon.find("restart needed", since) == [], "all is as it was but for what changes live"
