"""`amqps` with an authority of our own and a client certificate that the broker insists on (contract section 2)."""

import contextlib
import socket
import ssl
import struct

import pytest

from harness import Publisher, RabbitMQ
from helpers.acceptor import Acceptor
from helpers.outages import check_each_once, emails
from helpers.waiting import never
from helpers.world import World


@pytest.fixture(scope="module")
def secured(certificates, workspace):
    with RabbitMQ(workspace.folder("rabbitmq-tls"), authority=certificates.authority,
                  client_authority=certificates.authority) as broker:
        yield broker


@pytest.fixture
def world(secured, certificates, postgres, smtp, twilio, folder):
    secured.present(certificates.right)
    with Publisher(secured.url()) as publisher:
        world = World(broker=secured, postgres=postgres, publisher=publisher, smtp=smtp, twilio=twilio, folder=folder)
        yield world
        world.close()


@pytest.fixture
def settings(secured, certificates):
    certificate, key = certificates.client
    return {"rabbitmq.url": secured.secure_url(), "rabbitmq.tls.ca": certificates.trusted,
            "rabbitmq.tls.certificate": certificate, "rabbitmq.tls.key": key}


def refused(world, settings):
    """Starts a daemon that the broker, or that itself, does not want to talk; the line that says why."""
    world.prepare(settings).start(until=None)
    line = world.daemon.wait_for("waiting", component="broker")
    assert line["error"].startswith("amqps://") and world.broker.password not in line["error"]
    assert not world.daemon.find("consuming")
    return line["error"]


def is_about_our_certificate(error):
    """The broker's alert gets lost when it meets the bytes that we send meanwhile; what has to be done is said anyway."""
    return "client certificate that it trusts" in error and ("unknown ca" in error or "hung up" in error)


def waits_and_goes_on(world, settings):
    """What was published while nobody could get in is delivered by one that can."""
    events = emails(3)
    world.publish_many(events)
    assert world.smtp.messages == [] and world.queue_depth() == len(events)
    assert world.daemon.stop() == 0
    world.start(settings)
    check_each_once(world, events)


def declare(world, settings):
    """The queue, so that events have a place to wait at."""
    world.start(settings)
    assert world.daemon.stop() == 0


def test_both_certificates_right_delivers(world, settings):
    world.start(settings)
    events = emails(20)
    world.publish_many(events)
    check_each_once(world, events)
    assert world.command("check", settings=settings).errors == ""


@pytest.mark.parametrize("kind, words", [
    ("another name", ("hostname", "DNS name of its certificate")),
    ("expired", ("certificate has expired", "renewed")),
    ("another authority", ("unable to get local issuer certificate", "rabbitmq.tls.ca")),
])
def test_a_wrong_certificate_of_the_broker_is_refused_and_one_set_right_is_found(
        world, secured, certificates, settings, kind, words):
    declare(world, settings)
    secured.present(certificates[kind])
    error = refused(world, settings)
    assert all(word in error for word in words), error
    outcome = world.command("check", settings=settings, status=69)
    assert words[0] in outcome.output + outcome.errors
    events = emails(3)
    world.publish_many(events)
    assert world.queue_depth() == len(events)
    secured.present(certificates.right)
    world.daemon.wait_for("consuming", timeout=40)
    check_each_once(world, events)


def test_a_broker_that_wants_a_certificate_gets_none(world, certificates, settings):
    declare(world, settings)
    error = refused(world, {**settings, "rabbitmq.tls.certificate": None, "rabbitmq.tls.key": None})
    assert "wants a client certificate" in error and "rabbitmq.tls.certificate" in error
    waits_and_goes_on(world, settings)


def test_a_broker_that_wants_a_certificate_gets_one_of_another_authority(world, certificates, settings):
    declare(world, settings)
    certificate, key = certificates.foreign_client
    error = refused(world, {**settings, "rabbitmq.tls.certificate": certificate, "rabbitmq.tls.key": key})
    assert is_about_our_certificate(error), error
    waits_and_goes_on(world, settings)


def test_a_broker_that_hangs_up_without_a_word_after_it_asked_for_our_certificate(world, certificates, settings):
    class HangingUp(Acceptor):
        """Ends the handshake, whatever it was shown, and the connection with it: no alert arrives."""

        def serve(self, client):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificates.right)
            context.load_verify_locations(certificates.trusted)
            context.verify_mode = ssl.CERT_REQUIRED
            with contextlib.suppress(OSError), client:
                secured = context.wrap_socket(client, server_side=True)
                secured.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                secured.close()

    with HangingUp() as server:
        error = refused(world, {**settings, "rabbitmq.url": f"amqps://guest:guest@localhost:{server.port}/%2F"})
    assert "client certificate that it trusts" in error and "hung up" in error


def test_an_address_instead_of_a_name_says_what_the_url_has_to_have(world, secured, settings):
    error = refused(world, {**settings, "rabbitmq.url": secured.secure_url().replace("localhost", "127.0.0.1")})
    assert "rabbitmq.url" in error and "DNS name" in error


def test_the_systems_authorities_do_not_know_ours(world, settings):
    error = refused(world, {**settings, "rabbitmq.tls.ca": None})
    assert "certificate" in error and "rabbitmq.tls.ca to the authority that signed" in error


def test_a_certificate_renewed_on_the_broker_is_taken_by_the_reconnect(world, secured, certificates, settings):
    world.start(settings)
    first, second = emails(3), emails(3)
    world.publish_many(first)
    world.settled(first[-1][2], "sent")
    secured.present(certificates["renewed"])
    world.daemon.wait_for("connection lost", component="broker")
    world.daemon.wait_for("reconnected", component="broker")
    world.publish_many(second)
    check_each_once(world, first + second)


def test_a_certificate_that_expires_while_the_daemon_runs_is_told_and_borne(world, secured, certificates, settings):
    world.start(settings)
    first, second = emails(3), emails(3)
    world.publish_many(first)
    world.settled(first[-1][2], "sent")
    secured.present(certificates["expired"])
    line = world.daemon.wait_for("waiting", component="broker")
    assert "certificate has expired" in line["error"]
    world.publish_many(second)
    never(lambda: len(world.smtp.messages) > len(first), "it consumes over a connection it must not have")
    secured.present(certificates.right)
    world.daemon.wait_for("reconnected", component="broker", timeout=40)
    check_each_once(world, first + second)


def test_our_own_certificate_renewed_in_its_file_is_taken_by_the_reconnect(world, secured, certificates, settings,
                                                                           folder):
    """Another certificate of the same authority, in the same file: no restart, no reload."""
    files = {key: folder / key for key in ("rabbitmq.tls.certificate", "rabbitmq.tls.key")}
    for path, source in zip(files.values(), certificates.foreign_client):
        path.write_bytes(source.read_bytes())
    error = refused(world, {**settings, **files})
    assert is_about_our_certificate(error), error
    for path, source in zip(files.values(), certificates.client):
        path.write_bytes(source.read_bytes())
    world.daemon.wait_for("consuming", timeout=40)
