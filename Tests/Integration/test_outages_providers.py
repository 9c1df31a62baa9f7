"""The way to a provider swallows what is sent, or its name is unknown: each event is tried again, none is stuck."""

import pytest

from harness import Proxy
from helpers.outages import check_each_once, emails
from helpers.waiting import eventually

QUICK = {"send.timeout": "1s", "retry.delays": "200ms,200ms,200ms,200ms,200ms"}


@pytest.fixture
def proxy(world):
    with Proxy(world.smtp.port) as proxy:
        yield proxy


@pytest.fixture
def settings(proxy):
    """The way to the mail server leads through the proxy."""
    return {**QUICK, "smtp.url": f"smtp://127.0.0.1:{proxy.port}"}


def tried_again(world, event_id, code):
    """Waits until an attempt ended with that code."""

    def is_there():
        row = world.audit.row(event_id)
        attempts = world.audit.attempts(row["id"]) if row else []
        return row if any(each["error_code"] == code for each in attempts) else None

    return eventually(is_there, lambda: f"an attempt with {code}: {world.audit.log(event_id=event_id)}")


def test_a_mail_server_that_accepts_and_says_nothing(world, proxy, settings):
    proxy.black_hole()
    world.start(settings)
    events = emails(2)
    world.publish_many(events)
    for _, _, event_id in events:
        tried_again(world, event_id, "smtp.timeout")
    proxy.pass_on()
    check_each_once(world, events)


def test_a_kept_session_that_swallows_everything(world, proxy, settings):
    world.start({**settings, "smtp.connections": 1})
    events = emails(2)
    world.publish_many(events[:1])
    world.settled(events[0][2], "sent")
    proxy.black_hole()
    world.publish_many(events[1:])
    tried_again(world, events[1][2], "smtp.timeout")
    proxy.pass_on()
    check_each_once(world, events)


def test_a_mail_server_whose_port_is_closed(world, proxy, settings):
    proxy.refuse()
    world.start(settings)
    events = emails(2)
    world.publish_many(events)
    for _, _, event_id in events:
        tried_again(world, event_id, "smtp.connect")
    proxy.pass_on()
    check_each_once(world, events)


def test_a_mail_server_whose_name_does_not_resolve(world):
    world.start({**QUICK, "retry.delays": "100ms,100ms", "smtp.url": "smtp://mail.example.invalid:2525",
                 "smtp.startTls": "auto"})
    event_id = world.publish(*emails(1)[0])
    row = world.settled(event_id, "failed")
    assert (row["attempts"], row["error_code"]) == (3, "dns.failed")
    assert {each["error_code"] for each in world.audit.attempts(row["id"])} == {"dns.failed"}
    assert [each["error_code"] for each in world.audit.dead_letters(event_id=event_id)] == ["dns.failed"]
