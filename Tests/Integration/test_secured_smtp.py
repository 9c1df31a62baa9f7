"""SMTP with STARTTLS and AUTH, against a server whose certificate a test authority signed."""

import pytest

from harness import CertificateAuthority
from helpers.events import payment
from helpers.mail_server import MailServer
from helpers.waiting import eventually

USER, PASSWORD = "mailer", "correct horse"


@pytest.fixture
def secured(authority):
    with MailServer(certificate=authority.issue(), credentials=(USER, PASSWORD)) as server:
        yield server


def settings(server, authority, **more):
    return {"smtp.url": server.url, "smtp.startTls": "require", "smtp.username": USER, "smtp.password": PASSWORD,
            "smtp.tls.ca": authority.certificate, "retry.delays": "100ms", **more}


def test_mail_goes_over_tls_and_after_a_login(world, secured, authority):
    world.start(settings(secured, authority))
    for _ in range(3):
        event_id = world.publish("payment.completed", payment(email="a@example.com"))
        world.settled(event_id, "sent")
    mails = secured.wait_for(3)
    assert all(mail.over_tls for mail in mails)
    assert {mail.login for mail in mails} == {USER}


def test_a_certificate_nobody_vouches_for_gets_no_mail_and_no_password(world, secured, folder):
    (folder / "other").mkdir()
    world.start(settings(secured, CertificateAuthority(folder / "other")))
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
    assert row["error_code"] == "smtp.tls" and row["status"] in ("retrying", "failed")
    assert secured.messages == [] and secured.commands == []


def test_a_certificate_for_another_name_gets_no_mail(world, authority):
    certificate = authority.issue("elsewhere.example", ("DNS:elsewhere.example",))
    with MailServer(certificate=certificate, credentials=(USER, PASSWORD)) as server:
        world.start(settings(server, authority))
        event_id = world.publish("payment.completed", payment(email="a@example.com"))
        row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
        assert row["error_code"] == "smtp.tls"
        assert server.messages == []


def test_a_wrong_password_is_our_own_trouble_uses_no_attempt_and_is_in_no_log(world, secured, authority):
    world.start(settings(secured, authority, **{"smtp.password": "Wr0ng-s3cret"}))
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
    assert (row["status"], row["attempts"], row["error_code"]) == ("retrying", 0, "smtp.535")
    assert "Wr0ng-s3cret" not in repr(row) + repr(world.daemon.lines) + world.daemon.errors


def test_without_starttls_where_it_is_required_no_mail_crosses_plain_text(world, authority):
    world.start({"smtp.startTls": "require", "retry.delays": "100ms"})
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    row = eventually(lambda: world.audit.row(event_id), "a row while it waits")
    assert row["error_code"] == "smtp.tls", row
    assert world.smtp.messages == [] and world.smtp.commands == []


def test_check_sends_a_test_mail_through_it(world, secured, authority):
    outcome = world.command("check", "--send-to", "ops@example.com", settings=settings(secured, authority))
    assert "test email" in outcome.output
    assert secured.wait_for(1)[0].recipients == ("ops@example.com",)


def test_check_says_so_when_the_login_is_refused(world, secured, authority):
    outcome = world.command("check", settings=settings(secured, authority, **{"smtp.password": "no"}), status=1)
    assert "535" in outcome.output and "smtp" in outcome.errors
