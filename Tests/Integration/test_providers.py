"""Providers that are away, slow, refusing or one of several (contract section 6)."""

import time

import pytest

from chaos.mail_service import Fault, MailService
from harness import MailSink, Proxy
from helpers.events import payment, reset, unique
from helpers.exposition import scrape
from helpers.holds import (
    check_nothing_is_left,
    email_events,
    holds,
    ids,
    mailed,
    sms_events,
    texted,
    wait_until_sent,
)
from helpers.probes import Probes
from helpers.waiting import eventually

QUICK = {"retry.delays": ",".join(["200ms"] * 12)}
SMS = {"sms.providers": "twilio"}
BUSY = "421 4.3.2 too busy"


@pytest.fixture
def service():
    with MailService() as service:
        yield service


@pytest.fixture
def backup():
    with MailService() as service:
        yield service


@pytest.fixture
def road(service):
    """Between the daemon and its SMTP server."""
    with Proxy(service.port) as road:
        yield road


def url(road):
    return f"smtp://127.0.0.1:{road.port}"


def check_each_mailed_once(world, service, events):
    assert mailed(service) == dict.fromkeys(ids(events), 1)
    assert world.audit.count("notification_log", resend_count=0, status="sent") >= len(events)


def wait_until_paused(daemon):
    """Until consuming pauses; it also begins paused, until Postgres is there."""
    daemon.wait_for("paused", component="broker", since=daemon.lines.index(daemon.find("consuming")[0]))


def failed_sends(world):
    return world.audit.count("delivery_attempt") - world.audit.count("delivery_attempt", outcome="accepted")


def test_with_nobody_to_send_by_consuming_pauses_until_a_probe_succeeds(world, service, road):
    service.answer("greeting", BUSY)
    daemon = world.start({**QUICK, "smtp.url": url(road), "rabbitmq.prefetch": "16"})
    events = email_events(60)
    world.publish_many(events)
    daemon.wait_for("connection lost", component="smtp")
    wait_until_paused(daemon)
    backlog = eventually(world.queue_depth, "the backlog stays in the queue")
    assert backlog >= 20, f"only {backlog} of 60 events are in the queue"
    opening = failed_sends(world)
    service.answer("greeting", None)
    road.throttle(5000)
    daemon.wait_for("reconnected", component="smtp", timeout=30)
    eventually(lambda: road.connections >= 4, "the outage's 421 is not taken for a limit of sessions")
    road.pass_on()
    wait_until_sent(world, len(events))
    check_each_mailed_once(world, service, events)
    assert failed_sends(world) <= max(opening, 32), "what waited used up attempts"
    check_nothing_is_left(world)


def test_while_the_breaker_is_open_there_is_one_probe_at_a_time(world, service, road):
    service.answer("greeting", BUSY)
    daemon = world.start({**QUICK, **SMS, "smtp.url": url(road)})
    events = email_events(60)
    world.publish_many(events[:15])
    daemon.wait_for("connection lost", component="smtp")
    world.publish_many(events[15:])
    eventually(lambda: holds(world) == {"breaker": 60}, lambda: f"all wait for the provider: {holds(world)}")
    asked = road.accepted
    daemon.wait_for("waiting", component="smtp", timeout=20)
    assert road.accepted == asked + 1, "the provider is left alone but for one probe"
    assert world.audit.count("parked") == 60


def test_refused_credentials_open_the_breaker_at_once_and_use_no_attempt(world, service):
    service.answer("auth", "535 5.7.8 wrong password")
    daemon = world.start({**QUICK, "smtp.url": service.url, "smtp.username": "notifyd", "smtp.password": "secret"})
    first = world.publish("payment.completed", payment(email="a@example.com"))
    row = world.settled(first, "retrying")
    assert (row["attempts"], row["error_code"]) == (0, "smtp.535")
    assert holds(world) == {"breaker": 1}
    wait_until_paused(daemon)
    others = email_events(20)
    world.publish_many(others)
    eventually(lambda: world.queue_depth() == 20, "consuming is paused")
    service.answer("auth", None)
    wait_until_sent(world, 21)
    assert world.audit.count("notification_log", attempts=1) == 21
    assert sorted(mailed(service).values()) == [1] * 21
    check_nothing_is_left(world)


def test_a_probe_is_taken_from_the_queue_where_nothing_is_parked_and_a_drain_gives_back_the_rest(world, service):
    service.answer("auth", "535 5.7.8 wrong password")
    settings = {"smtp.url": service.url, "smtp.username": "notifyd", "smtp.password": "secret"}
    daemon = world.start({**settings, "shutdown.drain": "60s"})
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4))
    short_lived = world.publish("user.password-reset", reset("u1", email="a@example.com", expiresAt=soon))
    world.settled(short_lived, "retrying")
    wait_until_paused(daemon)
    events = email_events(8)
    world.publish_many(events)
    assert world.settled(short_lived, "expired")["attempts"] == 0
    eventually(lambda: world.audit.log(status="retrying"), "a probe from the queue")
    assert holds(world) == {"breaker": 1}, "what came along with the probe waits for what comes of it"
    assert daemon.stop(timeout=20) == 0, "nothing is in flight that could be finished"
    assert world.queue_depth() + world.audit.count("parked") == len(events)
    service.answer("auth", None)
    world.start(settings)
    wait_until_sent(world, len(events))
    check_each_mailed_once(world, service, events)
    check_nothing_is_left(world)


def test_two_replicas_park_what_waits_for_a_provider_while_the_other_channel_goes_on(world, service):
    service.answer("greeting", BUSY)
    replicas = [world.start({**QUICK, **SMS, "smtp.url": service.url}) for _ in range(2)]
    emails, messages = email_events(120), sms_events(60)
    world.publish_many(emails[:40])
    for replica in replicas:
        replica.wait_for("connection lost", component="smtp")
    world.publish_many([event for pair in zip(emails[40:100], messages) for event in pair] + emails[100:])
    wait_until_sent(world, len(messages))
    assert sorted(texted(world.twilio).values()) == [1] * len(messages), "SMS flow on"
    eventually(lambda: holds(world) == {"breaker": 120}, lambda: f"every email is parked: {holds(world)}")
    waiting = world.audit.log(status="retrying")
    assert {row["error_code"] for row in waiting} <= {"provider.open", "smtp.421"}
    late = [row for row in waiting if row["event_id"] in ids(emails[40:])]
    probes = [row for row in late if row["attempts"]]
    assert len(probes) <= 4, "who waits uses up no attempt, but for the probes"
    for replica in replicas:
        assert not replica.find("paused", since=replica.lines.index(replica.find("consuming")[0]))
    service.answer("greeting", None)
    wait_until_sent(world, len(emails) + len(messages))
    check_each_mailed_once(world, service, emails)
    assert sorted(texted(world.twilio).values()) == [1] * len(messages)
    check_nothing_is_left(world)


def test_above_parked_max_consuming_pauses_instead_of_parking(world, service):
    service.answer("greeting", BUSY)
    daemon = world.start({**QUICK, **SMS, "smtp.url": service.url, "parked.max": "20"})
    events = email_events(60)
    world.publish_many(events[:15])
    daemon.wait_for("connection lost", component="smtp")
    world.publish_many(events[15:30])
    wait_until_paused(daemon)
    world.publish_many(events[30:])
    eventually(lambda: world.queue_depth() == 30, "the rest stays in the queue")
    assert world.audit.count("parked") == 30
    service.answer("greeting", None)
    wait_until_sent(world, len(events))
    check_each_mailed_once(world, service, events)
    check_nothing_is_left(world)


def test_a_black_hole_on_one_channel_does_not_hold_up_the_other(world, service, road):
    road.black_hole()
    world.start({**QUICK, **SMS, "smtp.url": url(road), "rabbitmq.prefetch": "64", "send.timeout": "5s"})
    emails, messages = email_events(200), sms_events(60)
    world.publish_many(emails)
    eventually(lambda: road.connections >= 40, lambda: f"emails that hang: {road.connections}")
    world.publish_many(messages)
    wait_until_sent(world, len(messages))
    assert sorted(texted(world.twilio).values()) == [1] * len(messages)
    assert mailed(service) == {}
    road.pass_on()
    wait_until_sent(world, len(emails) + len(messages), within=90)
    check_each_mailed_once(world, service, emails)
    check_nothing_is_left(world)


# Several providers for a channel


@pytest.fixture
def probes():
    return Probes()


@pytest.fixture
def both(world, service, backup, road, probes):
    """A daemon with two SMTP providers, and a function that publishes one email and waits for its row."""
    world.start({**QUICK, **probes.settings, "smtp.url": url(road),
                 "email.providers": "smtp,backup", "smtp.backup.url": backup.url,
                 "smtp.username": "notifyd", "smtp.password": "secret",
                 # One that fails the same way again within a minute stands at debug.
                 "log.level": "info,pipeline=debug"})

    def send(status="sent"):
        address = f"{unique('to')}@example.com"
        return world.settled(world.publish("payment.completed", payment(email=address)), status)

    return send


DEFINITE = {
    "421 at MAIL": ("mail", BUSY, "transient"),
    "451 at MAIL": ("mail", "451 4.3.0 later", "transient"),
    "452 after the final dot": ("dot", "452 4.3.1 disk full", "transient"),
    "421 at the greeting": ("greeting", BUSY, "transient"),
    "535 at AUTH": ("auth", "535 5.7.8 wrong password", "refused"),
}


def test_a_definite_failure_goes_to_the_next_provider_within_the_same_attempt(
    world, service, backup, road, both, probes
):
    for count, (name, (step, reply, outcome)) in enumerate(DEFINITE.items(), start=1):
        road.cut()
        service.answer(step, reply)
        row = both()
        service.answer(step, None)
        assert (row["provider"], row["attempts"], row["resend_count"]) == ("backup", 1, 0), name
        assert len(backup.mails) == count and service.mails == [], name
        first, second = world.audit.attempts(row["id"])
        assert (first["provider"], first["outcome"], first["attempt"]) == ("smtp", outcome, 1), name
        assert (second["provider"], second["outcome"], second["attempt"]) == ("backup", "accepted", 1), name
        assert first["error_code"] == f"smtp.{reply[:3]}", name
        line = world.daemon.wait_for("failed over", event_id=row["event_id"])
        assert (line["provider"], line["next_provider"]) == ("smtp", "backup"), name
    # Its breaker is open since the refusal: it is not even asked, and that is no failover.
    row = both()
    assert row["provider"] == "backup" and len(world.audit.attempts(row["id"])) == 1
    assert not world.daemon.find("failed over", event_id=row["event_id"])
    told = scrape(f"127.0.0.1:{probes.port}")
    assert told.value("notifyd_retries_total", channel="email", reason="failover") == len(DEFINITE)
    assert told.value("notifyd_provider_up", provider="smtp") == 0
    assert told.value("notifyd_provider_up", provider="backup") == 1
    check_nothing_is_left(world)


def test_a_provider_that_cannot_be_reached_is_failed_over_and_preferred_again_when_it_is_back(
        world, service, backup, road, both):
    road.refuse()
    rows = [both() for _ in range(12)]
    assert {(row["provider"], row["attempts"]) for row in rows} == {("backup", 1)}
    world.daemon.wait_for("connection lost", component="smtp", provider="smtp")
    first = world.audit.attempts(rows[0]["id"])
    assert [(each["provider"], each["error_code"]) for each in first] == [("smtp", "smtp.connect"), ("backup", None)]
    assert len(world.audit.attempts(rows[-1]["id"])) == 1, "by then its breaker is open"
    road.pass_on()
    eventually(lambda: both()["provider"] == "smtp", "the preferred provider is used again")
    world.daemon.wait_for("reconnected", component="smtp", provider="smtp")
    assert sorted(mailed(service) + mailed(backup)) == sorted(row["event_id"] for row in world.audit.log())


def test_neither_an_uncertain_send_nor_a_refused_recipient_goes_to_the_next_provider(
        world, service, backup, road, both):
    service.answer("dot", Fault.CUT)
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    eventually(lambda: service.mails, "the mail that is not answered")
    service.answer("dot", None)
    row = world.settled(event_id, "sent")
    assert (row["provider"], row["resend_count"]) == ("smtp", 1)
    assert {mail.message_id for mail in service.mails} == {service.mails[0].message_id} and len(service.mails) >= 2
    assert backup.mails == []
    service.refuse("gone@example.com", "550 5.1.1 no such user", forever=True)
    gone = world.settled(world.publish("payment.completed", payment(email="gone@example.com")), "failed")
    assert (gone["provider"], gone["error_code"]) == ("smtp", "smtp.550")
    assert len(world.audit.attempts(gone["id"])) == 1 and backup.mails == []
    assert not world.daemon.find("failed over")


def test_when_all_providers_fail_the_last_answer_counts_once(world, service, backup, both):
    service.answer("mail", "451 4.3.0 later")
    backup.answer("mail", "450 4.3.2 later still")
    row = both("retrying")
    assert row["error_code"] == "smtp.450"
    service.answer("mail", None)
    eventually(lambda: world.audit.row(row["event_id"])["status"] == "sent", "the next attempt")
    tries = world.audit.attempts(row["id"])
    assert [each["attempt"] for each in tries[:2]] == [1, 1] and tries[-1]["attempt"] == len(tries) // 2 + 1
    assert world.audit.row(row["event_id"])["attempts"] == tries[-1]["attempt"]


# Manners


def test_a_rate_spreads_the_mails(world, service):
    world.start({"smtp.url": service.url, "smtp.rate": "20"})
    events = email_events(41)
    begin = time.time()
    world.publish_many(events)
    wait_until_sent(world, len(events))
    # Never sooner than the rate allows, however slow the machine is.
    assert max(mail.at for mail in service.mails) - begin >= 40 / 20
    check_each_mailed_once(world, service, events)
    assert world.audit.count("notification_log", attempts=1) == len(events)


def test_a_rate_spreads_the_sms(world):
    world.start({**SMS, "twilio.rate": "20"})
    events = sms_events(41)
    begin = time.time()
    world.publish_many(events)
    wait_until_sent(world, len(events))
    assert max(request.at for request in world.twilio.requests) - begin >= 40 / 20
    assert sorted(texted(world.twilio).values()) == [1] * len(events)


def test_more_than_a_rate_can_carry_waits_without_using_attempts(world, service):
    world.start({**QUICK, "smtp.url": service.url, "smtp.rate": "20", "send.timeout": "1s"})
    events = email_events(80)
    world.publish_many(events)
    wait_until_sent(world, len(events))
    check_each_mailed_once(world, service, events)
    assert world.audit.count("notification_log", attempts=1) == len(events)
    check_nothing_is_left(world)


def test_a_session_that_the_server_refuses_beside_others_halves_the_pool_and_is_no_attempt(world, folder):
    with MailSink(folder, max_connections=3, delay=20) as sink:
        daemon = world.start({"smtp.url": sink.url, "smtp.connections": "32"})
        events = email_events(120)
        world.publish_many(events)
        wait_until_sent(world, len(events))
        assert sorted(mail["Notifyd-Event-ID"] for mail in sink.messages()) == sorted(ids(events))
    assert world.audit.count("notification_log", attempts=1) == len(events)
    assert not daemon.find("connection lost", component="smtp"), "the provider works"
    check_nothing_is_left(world)
