"""What the daemon tells systemd (contract section 14): a socket of the test stands in for it."""

import itertools
import signal
import time

import pytest

from harness import MailSink, Proxy
from helpers.events import payment
from helpers.outages import emails, through
from helpers.probes import Probes
from helpers.service_manager import ServiceManager
from helpers.waiting import eventually, never

# Seconds; the daemon has to be heard of in half of it.
WATCHDOG = 1.5


@pytest.fixture(params=[False, True], ids=["path", "abstract"])
def manager(request, folder):
    with ServiceManager(folder, abstract=request.param, watchdog=WATCHDOG) as manager:
        yield manager


@pytest.fixture
def path_manager(folder):
    with ServiceManager(folder, watchdog=WATCHDOG) as manager:
        yield manager


def broker_name(world):
    return f"broker amqp://127.0.0.1:{world.broker.port}"


def database_name(world):
    return f"database 127.0.0.1:{world.postgres.port}"


def reload(world, manager):
    """What was told of one reload, its end the last of it."""
    since = manager.mark()
    world.daemon.send_signal(signal.SIGHUP)
    end = manager.wait_for(since, READY="1")
    return manager.messages[since:manager.messages.index(end, since) + 1]


def test_ready_once_it_consumes_and_stopping_once_it_drains(world, manager):
    world.start(environment=manager.environment)
    manager.wait_for(READY="1")
    assert manager.messages[0]["STATUS"] == f"waiting for {broker_name(world)} and {database_name(world)}"
    assert int(manager.messages[0]["EXTEND_TIMEOUT_USEC"]) > 0
    eventually(lambda: manager.status == f"consuming from {broker_name(world)}", lambda: manager.status)
    assert world.daemon.stop() == 0
    assert manager.states() == ["READY", "STOPPING"]
    [stopping] = manager.find(STOPPING="1")
    assert stopping["STATUS"] == "draining" and int(stopping["EXTEND_TIMEOUT_USEC"]) > 0
    assert set(manager.senders) == {world.daemon.process.pid}, "NotifyAccess=main takes none of another process"


@pytest.mark.parametrize("away", ["broker", "database"])
def test_while_a_server_is_away_at_the_start_it_names_it_and_asks_for_more_time(world, path_manager, away):
    server, key, url, name = {
        "broker": (world.broker, "rabbitmq.url", world.broker.url(), "broker amqp://127.0.0.1"),
        "database": (world.postgres, "database.url", world.database_url, "database 127.0.0.1"),
    }[away]
    with Proxy(server.port) as proxy:
        proxy.refuse()
        daemon = world.prepare({key: through(url, proxy)}, path_manager.environment)
        daemon.start(until="waiting")
        waiting = f"waiting for {name}:{proxy.port}"
        eventually(lambda: path_manager.status == waiting, lambda: path_manager.status)
        since = path_manager.mark()
        path_manager.wait_for(since, count=4, EXTEND_TIMEOUT_USEC=..., WATCHDOG="1")
        assert path_manager.states() == []
        proxy.pass_on()
        path_manager.wait_for(READY="1", within=60)
        extended = len(path_manager.find(EXTEND_TIMEOUT_USEC=...))
        path_manager.wait_for(path_manager.mark(), WATCHDOG="1", count=2)
        assert len(path_manager.find(EXTEND_TIMEOUT_USEC=...)) == extended, "it has started"


def test_each_change_of_a_server_is_a_line_of_status(world, path_manager):
    with Proxy(world.broker.port) as proxy:
        world.start({"rabbitmq.url": through(world.broker.url(), proxy)}, path_manager.environment)
        path_manager.wait_for(READY="1")
        server = f"broker amqp://127.0.0.1:{proxy.port}"
        proxy.refuse()
        eventually(lambda: path_manager.status == f"waiting for {server}", lambda: path_manager.status)
        proxy.pass_on()
        eventually(lambda: path_manager.status == f"consuming from {server}", lambda: path_manager.status, within=60)
        world.smtp.answer("mail", "530 5.7.0 authentication required")
        world.publish("payment.completed", payment(email="status@example.com"))
        eventually(lambda: path_manager.status.endswith("; down: smtp"), lambda: path_manager.status)
        assert path_manager.states() == ["READY"], "all that is no matter of starting or stopping"


def test_the_watchdog_is_fed_in_less_than_half_its_interval(world, path_manager):
    world.start(environment=path_manager.environment)
    path_manager.wait_for(READY="1")
    since = path_manager.mark()
    path_manager.wait_for(since, WATCHDOG="1", count=8)
    fed = [when for when, message in zip(path_manager.arrived, path_manager.messages) if "WATCHDOG" in message]
    pauses = sorted(later - earlier for earlier, later in itertools.pairwise(fed))
    # The machine may be late with one of them, not with most.
    assert pauses[len(pauses) // 2] < WATCHDOG / 2, pauses


def test_a_stalled_daemon_falls_silent_and_says_why(world, path_manager):
    probes = Probes()
    stall = {"CRASH_AT": "receive", "CRASH_BY": "stall"}
    daemon = world.prepare(probes.settings, {**path_manager.environment, **stall})
    daemon.start()
    path_manager.wait_for(READY="1")
    world.publish("payment.completed", payment(email="stall@example.com"))
    probes.wait_for("/livez", 503, within=30)
    eventually(lambda: "; stuck: the event loop has not turned for 1" in path_manager.status,
               lambda: path_manager.status)
    since = path_manager.mark()
    never(lambda: path_manager.find(since, WATCHDOG="1"), "it feeds the watchdog", during=2 * WATCHDOG)
    daemon.kill()  # It would not hear of an orderly end.


def test_another_process_s_watchdog_is_not_fed(world, path_manager):
    world.start(environment={**path_manager.environment, "WATCHDOG_PID": "1"})
    path_manager.wait_for(READY="1")
    never(lambda: path_manager.find(WATCHDOG="1"), "it feeds the watchdog", during=WATCHDOG)


def test_a_reload_is_told_with_its_time_and_its_end(world, manager, catalogue):
    world.start({"catalogue.path": catalogue}, manager.environment)
    manager.wait_for(READY="1")
    before = time.monotonic_ns() // 1000
    told = reload(world, manager)
    after = time.monotonic_ns() // 1000
    [began] = [message for message in told if "RELOADING" in message]
    assert began["RELOADING"] == "1" and before <= int(began["MONOTONIC_USEC"]) <= after
    assert told[-1]["STATUS"] == f"consuming from {broker_name(world)}"
    assert manager.states() == ["READY", "RELOADING", "READY"]


def test_a_refused_reload_ends_too_and_its_reason_stands_until_one_is_taken(world, path_manager, catalogue):
    world.start({"catalogue.path": catalogue}, path_manager.environment)
    path_manager.wait_for(READY="1")
    wrong = catalogue / "order.shipped"
    wrong.mkdir()
    (wrong / "notification.yaml").write_text("descriptoin: wrong\n")
    refused = reload(world, path_manager)[-1]["STATUS"]
    assert refused.startswith(f"consuming from {broker_name(world)}; reload refused, all is as before: ")
    assert "descriptoin" in refused
    (wrong / "notification.yaml").unlink()
    wrong.rmdir()
    assert reload(world, path_manager)[-1]["STATUS"] == f"consuming from {broker_name(world)}"
    assert path_manager.states() == ["READY", "RELOADING", "READY", "RELOADING", "READY"]


def test_a_reload_while_it_still_waits_does_not_make_it_ready(world, path_manager):
    with Proxy(world.broker.port) as proxy:
        proxy.refuse()
        settings = {"rabbitmq.url": through(world.broker.url(), proxy)}
        daemon = world.prepare(settings, path_manager.environment)
        daemon.start(until="waiting")
        daemon.send_signal(signal.SIGHUP)
        daemon.wait_for("reloaded")
        path_manager.wait_for(path_manager.mark(), WATCHDOG="1", count=2)
        assert path_manager.states() == []
        proxy.pass_on()
        path_manager.wait_for(READY="1", within=60)
        assert path_manager.states() == ["READY"]


def test_a_drain_asks_for_time_while_it_goes_on(world, path_manager, folder):
    with MailSink(folder, delay=3000) as sink:
        world.start({"smtp.url": sink.url}, path_manager.environment)
        world.publish_many(emails(3))
        eventually(lambda: world.audit.count("event") == 3, "the sends to begin")
        since = path_manager.mark()
        assert world.daemon.stop() == 0
        [stopping] = path_manager.find(since, STOPPING="1")
        asked = path_manager.messages[path_manager.messages.index(stopping) + 1:]
        assert len([message for message in asked if "EXTEND_TIMEOUT_USEC" in message]) >= 3, asked
        assert world.audit.statuses() == {"sent": 3}


def test_a_manager_that_does_not_read_stops_nobody_and_hears_of_each_state_later(world, path_manager, folder):
    with MailSink(folder, delay=3000) as sink:
        world.start({"smtp.url": sink.url}, path_manager.environment)
        path_manager.wait_for(READY="1")
        path_manager.stop_reading()
        world.daemon.send_signal(signal.SIGHUP)
        world.daemon.wait_for("reloaded")
        [(_, _, event)] = events = emails(1)
        world.publish_many(events)
        world.settled(event, "sent")
        assert path_manager.states() == ["READY"], "nothing came through"
        path_manager.go_on()
        eventually(lambda: path_manager.states() == ["READY", "RELOADING", "READY"], path_manager.states)
        eventually(lambda: path_manager.status.startswith("consuming"), lambda: path_manager.status)
        world.publish_many(emails(1))
        eventually(lambda: world.audit.count("event") == 2, "the send to begin")
        path_manager.stop_reading()
        world.daemon.send_signal(signal.SIGTERM)
        world.daemon.wait_for("draining")
        path_manager.go_on()
        path_manager.wait_for(STOPPING="1")
        assert world.daemon.wait() == 0


def test_a_socket_that_is_not_there_is_told_once_and_keeps_nobody_from_sending(world, folder):
    world.start(environment={"NOTIFY_SOCKET": str(folder / "nowhere"), "WATCHDOG_USEC": "100000"})
    line = world.daemon.wait_for("systemd cannot be told")
    assert line["error"] == "NOTIFY_SOCKET: No such file or directory"
    event = world.publish("payment.completed", payment(email="nowhere@example.com"))
    world.settled(event, "sent")
    assert len(world.daemon.find("systemd cannot be told")) == 1
    world.daemon.stop()
    world.start(environment={"NOTIFY_SOCKET": "nowhere"})
    refused = world.daemon.find("systemd is told nothing")
    assert [line["error"] for line in refused] == [
        "NOTIFY_SOCKET: nowhere is neither an absolute path nor @ and a name"
    ]
