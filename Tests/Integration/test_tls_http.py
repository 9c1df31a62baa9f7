"""https to Twilio and the collector: what is verified, and what a failure of it costs (contract sections 2, 6, 11)."""

import os

import pytest

from harness import Collector, TwilioFake
from helpers.events import payment
from helpers.spans import process_spans
from helpers.waiting import eventually

WRONG = {
    "another name": "no alternative certificate subject name matches",
    "expired": "certificate has expired",
    "another authority": "unable to get local issuer certificate",
}
SYSTEM_STORE = "/etc/ssl/certs/ca-certificates.crt"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="a system's store for one process needs root")


@pytest.fixture
def store(certificates):
    """Runs a program as on a system whose administrator has added our authority, and trusts no other."""
    mount = f"mount --bind '{certificates.trusted}' {SYSTEM_STORE}"
    return ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]


@pytest.fixture
def twilio(certificates):
    with TwilioFake(certificate=certificates.right) as fake:
        yield fake


def text(world, number="+4915112345678"):
    return world.publish("payment.completed", payment(phone=number))


SMS = {"sms.providers": "twilio", "retry.delays": "100ms"}


# Twilio: no key of its own for authorities, the system's count


@needs_root
def test_twilio_is_verified_by_the_systems_authorities(world, twilio, store):
    world.start(SMS, within=store)
    world.settled(text(world), "sent")
    assert len(twilio.accepted) == 1


@needs_root
@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_certificate_gets_no_message_and_no_token_and_costs_no_attempt(
        world, twilio, certificates, store, kind):
    twilio.present(certificates[kind])
    world.start(SMS, within=store)
    event_id = text(world)
    row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
    assert (row["status"], row["attempts"], row["error_code"]) == ("retrying", 0, "http.connect"), row
    assert WRONG[kind] in row["error"], row
    assert WRONG[kind] in world.daemon.wait_for("connection lost", component="twilio")["error"]
    assert twilio.requests == []
    twilio.present(certificates.right)
    assert world.settled(event_id, "sent", within=60)["attempts"] == 1
    assert len(twilio.accepted) == 1


def test_an_authority_that_the_system_does_not_know_is_none(world, twilio):
    world.start(SMS)
    event_id = text(world)
    row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
    assert row["status"] == "retrying" and "local issuer certificate" in row["error"]
    outcome = world.command("check", settings=SMS, status=1)
    assert "local issuer certificate" in outcome.output + outcome.errors
    assert twilio.requests == []


@needs_root
def test_a_certificate_renewed_at_twilio_is_taken_by_the_next_connection(world, twilio, certificates, store):
    world.start(SMS, within=store)
    world.settled(text(world), "sent")
    twilio.stop()
    twilio.present(certificates["renewed"])
    twilio.start()
    assert world.settled(text(world), "sent")["attempts"] == 1
    assert len(twilio.accepted) == 2


# The collector


@pytest.fixture
def collector(certificates):
    with Collector(certificates.right) as collector:
        yield collector


def variables(collector, certificates):
    return {**collector.environment, "OTEL_EXPORTER_OTLP_CERTIFICATE": certificates.trusted,
            "OTEL_EXPORTER_OTLP_HEADERS": "x-token=s3cret"}


def mail(world):
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    world.settled(event_id, "sent")
    return event_id


@pytest.mark.parametrize("kind", WRONG)
def test_a_collector_with_a_wrong_certificate_costs_the_deliveries_nothing(world, collector, certificates, kind):
    collector.present(certificates[kind])
    world.start(environment=variables(collector, certificates))
    mail(world)
    line = world.daemon.wait_for("connection lost", component="otlp")
    assert WRONG[kind] in line["error"] and line["level"] == "warning"
    mail(world)
    assert collector.exports == [] and "s3cret" not in world.daemon.tail(1000)
    collector.present(certificates.right)

    # What waited for the next try goes out with it; a span of its own makes sure that there is something to send.
    later = mail(world)
    eventually(lambda: process_spans(collector, later), "the spans of a later event", within=60)
    assert collector.exports[-1].headers["x-token"] == "s3cret"
    world.daemon.wait_for("reconnected", component="otlp")


def test_a_certificate_renewed_at_the_collector_is_taken_by_the_next_connection(world, collector, certificates):
    world.start(environment=variables(collector, certificates))
    first = mail(world)
    eventually(lambda: process_spans(collector, first), "the first spans")
    collector.stop()
    collector.present(certificates["renewed"])
    collector.start()
    second = mail(world)
    eventually(lambda: process_spans(collector, second), "the spans after it", within=30)
