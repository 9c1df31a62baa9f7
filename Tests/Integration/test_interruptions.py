"""Restarts and crashes under load: nothing is lost, and nothing is sent twice unless the audit log says it may be."""

import collections
import signal
import time

import pytest

from harness import MailSink
from helpers.events import payment, signup, unique
from helpers.waiting import eventually

COUNT = 600


@pytest.fixture
def slow_sink(folder):
    """Answers a little late, so that there is always something in flight."""
    with MailSink(folder, delay=20) as sink:
        yield sink


def load(count=COUNT):
    """Mixed events, each with an address of its own."""
    events = []
    for number in range(count):
        event_id = unique("evt")
        address = f"{event_id}@example.com"
        if number % 2:
            events.append(("user.signup", signup(event_id, address), event_id))
        else:
            events.append(("payment.completed", payment(event_id, email=address), event_id))
    return events


def mailed(sink):
    """How often each event was mailed."""
    return collections.Counter(message["Notifyd-Event-ID"] for message in sink.messages())


def wait_until_all_are_sent(world, events, within):
    eventually(lambda: world.audit.statuses().get("sent", 0) == len(events),
               lambda: f"{len(events)} rows `sent`: {world.audit.statuses()}, {world.audit.count('parked')} parked\n"
                       f"{world.daemon.tail(8)}", within=within)


def wait_until_still(count, during=1.0):
    """Until a count stays the same for that long."""
    last = [None, 0.0]

    def still():
        now = count()
        if now != last[0]:
            last[:] = [now, time.monotonic()]
        return time.monotonic() - last[1] >= during

    eventually(still, "it stands still")


def check_each_once(world, sink, events):
    counts = mailed(sink)
    ids = [event_id for _, _, event_id in events]
    assert set(counts) == set(ids), "what was published and what was mailed differ"
    twice = {event_id: count for event_id, count in counts.items() if count > 1}
    assert not twice, f"mailed more than once: {twice}"
    assert world.audit.statuses() == {"sent": len(ids)}
    assert world.audit.count("notification_log", resend_count=0) == len(ids)
    assert world.audit.count("parked") == 0 and world.audit.count("dead_letter") == 0


def test_sigterm_under_load_loses_and_repeats_nothing(world, slow_sink):
    settings = {"smtp.url": slow_sink.url, "smtp.connections": 8}
    world.start(settings)
    events = load()
    world.begin_publishing(events)
    for share in (0.2, 0.4, 0.6):
        eventually(lambda: slow_sink.count() > COUNT * share, "the load to go on", within=30)
        number = signal.SIGINT if share == 0.4 else signal.SIGTERM
        assert world.daemon.stop(number) == 0, "a drain is an orderly end"
        assert world.daemon.find("draining") and world.daemon.find("stopped")
        assert slow_sink.count() == world.audit.statuses()["sent"], "what was mailed was settled before the end"
        assert world.audit.query("SELECT 1 FROM notifications.event WHERE lease_until IS NOT NULL AND "
                                 "NOT states <@ ARRAY['settled']") == [], "no claim is left behind"
        world.start(settings)
    world.publisher.wait()
    wait_until_all_are_sent(world, events, within=30)
    world.wait_until_all_is_acked()
    check_each_once(world, slow_sink, events)


def test_a_second_signal_ends_it_at_once(world, folder):
    with MailSink(folder, delay=20000) as sink:
        world.start({"smtp.url": sink.url, "shutdown.drain": "60s"})
        world.publish("payment.completed", payment(email="a@example.com"))
        eventually(lambda: world.audit.count("event") == 1, "the claim")
        world.daemon.send_signal(signal.SIGTERM)
        world.daemon.wait_for("draining")
        world.daemon.send_signal(signal.SIGTERM)
        world.daemon.wait(timeout=5)


def test_a_broker_restart_under_load_loses_and_repeats_nothing(world, slow_sink):
    world.start({"smtp.url": slow_sink.url, "smtp.connections": 8})
    events = load()
    world.begin_publishing(events)
    eventually(lambda: slow_sink.count() > COUNT * 0.2, "the load to go on", within=30)
    world.broker.restart()
    world.daemon.wait_for("connection lost", component="broker")
    world.daemon.wait_for("reconnected", timeout=40, component="broker")
    world.publisher.wait()
    wait_until_all_are_sent(world, events, within=60)
    world.wait_until_all_is_acked()
    check_each_once(world, slow_sink, events)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_postgres_away_three_times_under_load_loses_and_repeats_nothing(world, slow_sink, how):
    world.start({"smtp.url": slow_sink.url, "smtp.connections": 8, "rabbitmq.prefetch": 64})
    events = load()
    world.begin_publishing(events)
    for share in (0.15, 0.4, 0.65):
        eventually(lambda: slow_sink.count() > COUNT * share, lambda: f"the load to go on\n{world.daemon.tail()}",
                   within=20)
        since = world.daemon.mark()
        getattr(world.postgres, how)()
        try:
            world.daemon.wait_for("connection lost", component="database", since=since)
            before = slow_sink.count()
            world.daemon.wait_for("waiting", component="database", since=since)
            assert slow_sink.count() <= before + 64, "no send is begun without a claim"
        finally:
            world.postgres.start()
        world.daemon.wait_for("reconnected", timeout=20, component="database", since=since)
    world.publisher.wait()
    wait_until_all_are_sent(world, events, within=60)
    world.wait_until_all_is_acked()
    check_each_once(world, slow_sink, events)
    silent = [line for line in world.daemon.lines if "did not answer" in line.get("error", "")]
    assert not silent, f"a connection that broke was waited for as if it were only slow: {silent}"
    lost = world.daemon.find("connection lost", component="broker")
    assert not lost, f"the pauses cost the broker's connection: {lost}"
    assert world.daemon.errors == "", "libpq's own notices belong into the log, not on standard error"


def test_postgres_gone_and_back_while_nothing_happens_is_noticed_at_once(world):
    world.start()
    world.settled(world.publish("payment.completed", payment(email="a@example.com")), "sent")
    world.postgres.kill()
    try:
        world.daemon.wait_for("connection lost", component="database", timeout=5)
    finally:
        world.postgres.start()
    world.daemon.wait_for("reconnected", component="database")
    world.settled(world.publish("payment.completed", payment(email="b@example.com")), "sent", within=5)


def test_a_postgres_that_stops_answering_for_a_while_loses_and_repeats_nothing(world, slow_sink):
    world.start({"smtp.url": slow_sink.url, "smtp.connections": 8})
    before, during = load(100), load(100)
    world.begin_publishing(before)
    eventually(lambda: slow_sink.count() > 20, "the load to go on", within=30)
    world.postgres.freeze()
    try:
        world.publisher.wait()
        # What comes now cannot be claimed: however fast the rest is, something is left to do.
        world.begin_publishing(during)
        world.publisher.wait()
        wait_until_still(slow_sink.count)
        assert slow_sink.count() <= len(before), "no send is begun without a claim"
    finally:
        world.postgres.thaw()
    wait_until_all_are_sent(world, before + during, within=60)
    check_each_once(world, slow_sink, before + during)


def test_a_crash_under_load_loses_nothing_and_repeats_only_what_the_log_calls_resent(world, slow_sink):
    settings = {"smtp.url": slow_sink.url, "smtp.connections": 8, "send.timeout": "1s", "claim.lease": "12s"}
    world.start(settings)
    events = load(400)
    world.begin_publishing(events)
    eventually(lambda: slow_sink.count() > 80, "the load to go on", within=30)
    world.daemon.kill()
    world.publisher.wait()
    world.start(settings)
    wait_until_all_are_sent(world, events, within=90)
    world.wait_until_all_is_acked()
    counts = mailed(slow_sink)
    assert set(counts) == {event_id for _, _, event_id in events}, "nothing is lost, nothing is invented"
    for event_id, count in counts.items():
        resent = world.audit.row(event_id)["resend_count"]
        assert count <= 1 + resent, f"{event_id} was mailed {count} times and the log says resend_count {resent}"
    assert world.audit.count("parked") == 0 and world.audit.count("dead_letter") == 0
    by_id = collections.defaultdict(set)
    for message in slow_sink.messages():
        by_id[message["Notifyd-Event-ID"]].add(message["Message-ID"])
    assert all(len(ids) == 1 for ids in by_id.values()), "a copy has the same Message-ID"


def test_two_daemons_on_one_queue_share_the_work_and_send_each_once(world, slow_sink):
    settings = {"smtp.url": slow_sink.url, "smtp.connections": 4, "rabbitmq.prefetch": 32}
    first = world.start(settings)
    second = world.start(settings)
    events = load()
    world.begin_publishing(events + events[:100])
    world.publisher.wait()
    wait_until_all_are_sent(world, events, within=60)
    world.wait_until_all_is_acked()
    check_each_once(world, slow_sink, events)
    for daemon in (first, second):
        assert daemon.find(None, outcome="sent"), "each did some of it"


def test_servers_that_are_away_at_the_start_are_waited_for(world, slow_sink):
    world.smtp.stop()
    world.postgres.stop()
    try:
        daemon = world.prepare({"smtp.url": slow_sink.url})
        daemon.start(until=None)
        daemon.wait_for("waiting", component="database")
        assert daemon.process.is_running
    finally:
        world.postgres.start()
    daemon.wait_for("consuming", timeout=30)
    world.settled(world.publish("payment.completed", payment(email="a@example.com")), "sent")
