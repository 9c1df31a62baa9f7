"""A slow name server is seen where an operator looks: in the span and in the audit rows (contract section 11)."""

import os

import pytest

from harness import NameServer
from helpers.events import payment
from helpers.spans import child, one_process_span

DELAY = 0.4  # seconds

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a name server for one process needs root")


@pytest.fixture
def names(folder):
    with NameServer(folder / "names", DELAY) as server:
        yield server


def settings(world):
    return {
        "smtp.url": f"smtp://mail.slow.test:{world.smtp.port}", "smtp.startTls": "never",
        "sms.providers": "twilio", "twilio.baseUrl": f"http://api.slow.test:{world.twilio.port}",
        "tls.allowPlaintext": "api.slow.test",
    }


def send(world, collector, name, **recipient):
    """Sends one, and returns its send span and its row of `delivery_attempt`."""
    event_id = world.publish("payment.completed", payment(**recipient))
    row = world.settled(event_id, "sent")
    return child(collector, one_process_span(collector, event_id), name), world.audit.attempts(row["id"])[0]


@pytest.mark.parametrize("name, host, recipient", [
    ("send email", "mail.slow.test", {"email": "jane@example.com"}),
    ("send sms", "api.slow.test", {"phone": "+4915201234567"}),
])
def test_the_look_up_is_told_apart_from_the_rest_and_a_kept_session_has_none(
        world, collector, names, name, host, recipient):
    world.start(settings(world), collector.environment, within=names.within)
    span, attempt = send(world, collector, name, user="first", **recipient)
    assert host in names.asked
    seconds = {phase: span.attributes[f"notifyd.{phase}.duration"] for phase in ("dns", "connect", "tls", "total")}
    assert DELAY <= seconds["dns"] < seconds["total"] <= span.milliseconds / 1000 + 0.05
    assert seconds["dns"] > seconds["connect"] + seconds["tls"], "it is the name that took the time"
    assert span.attributes["server.address"] == host
    assert attempt["dns_ms"] == pytest.approx(seconds["dns"] * 1000, abs=1)
    assert attempt["total_ms"] == pytest.approx(seconds["total"] * 1000, abs=1)

    span, attempt = send(world, collector, name, user="second", **recipient)
    assert [span.attributes[f"notifyd.{phase}.duration"] for phase in ("dns", "connect", "tls")] == [0, 0, 0]
    assert 0 < span.attributes["notifyd.total.duration"] < DELAY
    assert [attempt[f"{phase}_ms"] for phase in ("dns", "connect", "tls")] == [0, 0, 0]
