"""SMTP with STARTTLS or `smtps://`, and AUTH: what is verified, and what a failure costs (contract sections 2, 6)."""

import pytest

from helpers.events import payment
from helpers.line_server import LineServer
from helpers.mail_server import MailServer
from helpers.starttls_stripper import STARTTLSStripper
from helpers.waiting import eventually

USER, PASSWORD = "mailer", "correct horse"


@pytest.fixture
def secured(certificates):
    with MailServer(certificate=certificates.right, credentials=(USER, PASSWORD)) as server:
        yield server


def settings(server, certificates, **more):
    return {"smtp.url": server.url, "smtp.startTls": "require", "smtp.username": USER, "smtp.password": PASSWORD,
            "smtp.tls.ca": certificates.trusted, "retry.delays": "100ms", **more}


def test_mail_goes_over_tls_and_after_a_login(world, secured, certificates):
    world.start(settings(secured, certificates))
    for _ in range(3):
        event_id = world.publish("payment.completed", payment(email="a@example.com"))
        world.settled(event_id, "sent")
    mails = secured.wait_for(3)
    assert all(mail.over_tls for mail in mails)
    assert {mail.login for mail in mails} == {USER}


WRONG = {
    "another name": "no alternative certificate subject name matches",
    "expired": "certificate has expired",
    "another authority": "unable to get local issuer certificate",
}


@pytest.fixture(params=["STARTTLS", "smtps"])
def server(request, certificates):
    """A mail server whose certificate changes, by both ways into TLS."""
    with MailServer(certificate=certificates.right, credentials=(USER, PASSWORD),
                    implicit_tls=request.param == "smtps") as server:
        yield server


def waiting_row(world, event_id):
    """The row of an event that waits for its provider: no attempt was used up."""
    row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
    assert (row["status"], row["attempts"], row["error_code"]) == ("retrying", 0, "smtp.tls"), row
    return row


def no_bytes_of_ours(server):
    assert server.messages == [] and server.commands == []


def test_the_right_certificate_delivers(world, server, certificates):
    world.start(settings(server, certificates))
    world.settled(world.publish("payment.completed", payment(email="a@example.com")), "sent")
    [mail] = server.messages
    assert mail.over_tls and mail.login == USER


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_certificate_gets_no_mail_and_no_password_and_costs_no_attempt(world, server, certificates, kind):
    server.present(certificates[kind])
    world.start(settings(server, certificates))
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    row = waiting_row(world, event_id)
    assert WRONG[kind] in row["error"], row
    line = world.daemon.wait_for("connection lost", component="smtp")
    assert WRONG[kind] in line["error"], line
    no_bytes_of_ours(server)
    outcome = world.command("check", settings=settings(server, certificates), status=1)
    assert WRONG[kind] in outcome.output + outcome.errors
    server.present(certificates.right)
    assert world.settled(event_id, "sent", within=30)["attempts"] == 1
    assert len(server.messages) == 1


def test_a_certificate_renewed_on_the_server_is_taken_by_the_next_session(world, server, certificates):
    world.start(settings(server, certificates))
    world.settled(world.publish("payment.completed", payment(email="a@example.com")), "sent")
    port = server.port
    server.stop()
    server.present(certificates["renewed"])
    server.start(port)
    row = world.settled(world.publish("payment.completed", payment(email="b@example.com")), "sent")
    assert row["attempts"] == 1 and len(server.messages) == 2


def test_a_certificate_that_expires_while_the_daemon_runs_loses_nothing(world, server, certificates):
    world.start(settings(server, certificates))
    world.settled(world.publish("payment.completed", payment(email="a@example.com")), "sent")
    port = server.port
    server.stop()
    server.present(certificates["expired"])
    server.start(port)
    ids = [world.publish("payment.completed", payment(email=f"b{number}@example.com")) for number in range(5)]
    # The first is refused and leaves the provider alone; the others are parked, or wait unclaimed at the gate.
    eventually(lambda: any((world.audit.row(event_id) or {}).get("error_code") == "smtp.tls" for event_id in ids),
               "a row that says why")
    assert len(server.messages) == 1
    server.present(certificates.right)
    for event_id in ids:
        assert world.settled(event_id, "sent", within=60)["attempts"] == 1
    assert len(server.messages) == 6


def test_a_wrong_password_is_our_own_trouble_uses_no_attempt_and_is_in_no_log(world, secured, certificates):
    world.start(settings(secured, certificates, **{"smtp.password": "Wr0ng-s3cret"}))
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
    assert (row["status"], row["attempts"], row["error_code"]) == ("retrying", 0, "smtp.535")
    assert "Wr0ng-s3cret" not in repr(row) + repr(world.daemon.lines) + world.daemon.errors


def test_without_starttls_where_it_is_required_no_mail_crosses_plain_text(world):
    world.start({"smtp.startTls": "require", "retry.delays": "100ms"})
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    assert "STARTTLS" in waiting_row(world, event_id)["error"]
    no_bytes_of_ours(world.smtp)


def test_starttls_that_somebody_strips_is_not_gone_without(world, secured, certificates):
    with STARTTLSStripper(secured.port) as attacker:
        way = {"smtp.url": f"smtp://localhost:{attacker.port}"}
        world.start({**settings(secured, certificates), **way})
        event_id = world.publish("payment.completed", payment(email="a@example.com"))
        waiting_row(world, event_id)
        no_bytes_of_ours(secured)


def test_starttls_that_the_server_takes_back_is_not_gone_without(world, certificates):
    """454 TLS not available (RFC 3207 §4): it may come back, so it is an ordinary transient failure."""
    with LineServer({"EHLO": "250-mail.example.test\r\n250 STARTTLS", "STARTTLS": "454 4.7.0 not now"}) as server:
        world.start({**settings(server, certificates), "retry.delays": "50ms"})
        event_id = world.publish("payment.completed", payment(email="a@example.com"))
        row = world.settled(event_id, "failed")
        assert row["error_code"] == "smtp.454" and row["attempts"] == 2
        assert set(server.verbs) <= {"EHLO", "STARTTLS", "QUIT"}


def test_words_that_somebody_puts_before_the_handshake_are_not_taken_for_the_servers(world, certificates):
    """Replies in plain text behind the one to STARTTLS (CVE-2021-22947)."""
    forged = "220 go ahead\r\n250-mail.example.test\r\n250 AUTH PLAIN\r\n235 2.7.0 welcome"
    with LineServer({"EHLO": "250-mail.example.test\r\n250 STARTTLS", "STARTTLS": forged}) as server:
        world.start(settings(server, certificates))
        event_id = world.publish("payment.completed", payment(email="a@example.com"))
        row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
        assert row["status"] == "retrying", row
        assert set(server.verbs) <= {"EHLO", "STARTTLS", "QUIT"}


def test_check_sends_a_test_mail_through_it(world, secured, certificates):
    outcome = world.command("check", "--send-to", "ops@example.com", settings=settings(secured, certificates))
    assert "test email" in outcome.output
    assert secured.wait_for(1)[0].recipients == ("ops@example.com",)


def test_check_says_so_when_the_login_is_refused(world, secured, certificates):
    outcome = world.command("check", settings=settings(secured, certificates, **{"smtp.password": "no"}), status=1)
    assert "535" in outcome.output and "smtp" in outcome.errors
