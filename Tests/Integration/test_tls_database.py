"""Postgres over TLS with `sslmode=verify-full`: what is verified, and what is said of it (contract section 2)."""

import pytest

from harness import Database, Postgres
from helpers.outages import check_each_once, emails
from helpers.waiting import never
from helpers.world import World


@pytest.fixture(scope="module")
def secured(certificates, workspace):
    with Postgres(workspace.folder("postgres-tls"), certificate=certificates.right) as postgres:
        yield postgres


@pytest.fixture
def world(broker, secured, certificates, publisher, smtp, twilio, folder):
    secured.present(certificates.right)
    world = World(broker=broker, postgres=secured, publisher=publisher, smtp=smtp, twilio=twilio, folder=folder)
    yield world
    world.close()


def verified(world, authority, host="localhost"):
    """The daemon's way in; the harness has its own, in plain text."""
    url = world.database_url.replace("127.0.0.1", host)
    return {"database.url": f"{url}?sslmode=verify-full&sslrootcert={authority}"}


@pytest.fixture
def settings(world, certificates):
    return verified(world, certificates.trusted)


def sessions(world):
    """The daemon's sessions: whether each is over TLS."""
    with Database(world.database_url) as database:
        return [row["ssl"] for row in database.rows(
            "SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) "
            "WHERE a.application_name LIKE 'notifyd/%%' AND a.datname = current_database()")]


def cut(world):
    with Database(world.database_url) as database:
        database.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                      "WHERE application_name LIKE 'notifyd/%%' AND datname = current_database()")


def refused(world, settings):
    world.prepare(settings).start(until=None)
    line = world.daemon.wait_for("waiting", component="database")
    assert world.postgres.password not in line["error"] and not world.daemon.find("consuming")
    return line["error"]


def test_every_session_is_verified_and_over_tls(world, settings):
    world.start(settings)
    assert sessions(world) and all(sessions(world))
    events = emails(10)
    world.publish_many(events)
    check_each_once(world, events)
    assert world.command("check", settings=settings).errors == ""


def test_a_migrating_role_of_its_own_goes_over_tls_too(world, settings, certificates):
    world.start({**settings, "database.migrationUrl": settings["database.url"]})
    assert world.daemon.find("consuming")
    wrong = verified(world, certificates.other_authority.certificate)["database.url"]
    outcome = world.command("migrate", settings={**settings, "database.migrationUrl": wrong}, status=69)
    assert "certificate verify failed" in outcome.errors and len(outcome.errors.splitlines()) == 1


@pytest.mark.parametrize("kind, words", [
    ("another name", ("does not match host name",)),
    ("expired", ("certificate verify failed", "expired", "sslrootcert")),
    ("another authority", ("certificate verify failed", "expired", "sslrootcert")),
])
def test_a_wrong_certificate_of_the_server_is_refused_and_one_set_right_is_found(
        world, secured, certificates, settings, kind, words):
    world.start(settings)
    assert world.daemon.stop() == 0
    secured.present(certificates[kind])
    error = refused(world, settings)
    assert all(word in error for word in words), error
    outcome = world.command("check", settings=settings, status=69)
    assert words[0] in outcome.output + outcome.errors
    events = emails(3)
    world.publish_many(events)
    never(lambda: world.smtp.messages, "a mail without a claim", during=0.5)
    secured.present(certificates.right)
    world.daemon.wait_for("consuming", timeout=40)
    check_each_once(world, events)


def test_an_authority_that_did_not_sign_it_is_refused(world, certificates):
    assert "sslrootcert" in refused(world, verified(world, certificates.other_authority.certificate))


def test_an_address_that_the_certificate_has_is_a_name_too(world, certificates):
    world.start(verified(world, certificates.trusted, host="127.0.0.1"))
    assert all(sessions(world))


def test_a_certificate_renewed_on_the_server_is_taken_by_the_reconnect(world, secured, certificates, settings):
    world.start(settings)
    first, second = emails(3), emails(3)
    world.publish_many(first)
    world.settled(first[-1][2], "sent")
    secured.present(certificates["renewed"])
    cut(world)
    world.daemon.wait_for("reconnected", component="database")
    world.publish_many(second)
    check_each_once(world, first + second)


def test_a_certificate_that_expires_while_the_daemon_runs_is_told_and_borne(world, secured, certificates, settings):
    world.start(settings)
    first, second = emails(3), emails(3)
    world.publish_many(first)
    world.settled(first[-1][2], "sent")
    secured.present(certificates["expired"])
    cut(world)
    assert "expired" in world.daemon.wait_for("waiting", component="database")["error"]
    world.publish_many(second)
    never(lambda: len(world.smtp.messages) > len(first), "a mail without a claim", during=0.5)
    secured.present(certificates.right)
    world.daemon.wait_for("reconnected", component="database", timeout=40)
    check_each_once(world, first + second)
