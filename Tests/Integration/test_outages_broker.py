"""The broker is away, silent or short of memory: nothing is lost, nothing is sent twice, and the log says what is waited for."""

import pytest

from harness import ChildProcess, Proxy
from harness.ports import free_port
from harness.processes import environment
from harness.program import notifyd_path
from helpers.outages import check_each_once, emails, through, wait_until_each_is_sent_once
from helpers.waiting import eventually

# The shortest there is: silence is noticed after two of them.
QUICK_HEARTBEAT = {"rabbitmq.heartbeat": "1s"}


@pytest.fixture
def proxy(world):
    with Proxy(world.broker.port) as proxy:
        yield proxy


@pytest.fixture
def settings(world, proxy):
    """The way to the broker leads through the proxy."""
    return {"rabbitmq.url": through(world.broker.url(), proxy)}


@pytest.fixture
def alarm(broker):
    """Makes the broker believe that it has no memory left, until the end of the test."""
    usual = broker.ctl("eval", "vm_memory_monitor:get_vm_memory_high_watermark().").strip()

    def end():
        broker.ctl("set_vm_memory_high_watermark", usual)

    def begin():
        broker.ctl("set_vm_memory_high_watermark", "0.000001")
        return end

    yield begin
    end()


def waits(world, since=0, **fields):
    return world.daemon.wait_for("waiting", component="broker", since=since, **fields)


def bound_queue(world):
    """What the daemon would declare, so that events can wait for it."""
    assert world.start().stop() == 0


# At the start


def test_a_broker_away_at_the_start_is_waited_for(world, proxy, settings):
    bound_queue(world)
    proxy.refuse()
    daemon = world.prepare(settings).start(until="waiting")
    assert daemon.find("waiting", component="broker")
    events = emails(3)
    world.publish_many(events)
    proxy.pass_on()
    daemon.wait_for("consuming")
    check_each_once(world, events)


@pytest.mark.parametrize("how", ["refuse", "black_hole"])
def test_a_signal_ends_a_daemon_that_never_saw_its_broker(world, proxy, settings, how):
    getattr(proxy, how)()
    daemon = world.prepare(settings).start(until="connected")
    assert daemon.find("connected", component="database")
    assert daemon.stop() == 0
    assert daemon.find("stopped") and not daemon.find("consuming")


def test_the_next_node_is_tried_where_the_first_one_is_dead(world):
    dead = world.broker.url().replace(str(world.broker.port), str(free_port()))
    world.start({"rabbitmq.url": f"{dead},{world.broker.url()}"})
    assert world.daemon.find("waiting", component="broker")
    events = emails(2)
    world.publish_many(events)
    check_each_once(world, events)


def test_a_refused_log_in_is_waited_for_and_said(world, broker):
    name = f"{world.name}_user"
    broker.ctl("add_user", name, "second")
    broker.ctl("set_permissions", name, ".*", ".*", ".*")
    url = broker.url().replace(f"{broker.user}:{broker.password}", f"{name}:first")
    world.prepare({"rabbitmq.url": url}).start(until=None)
    assert "ACCESS_REFUSED" in waits(world)["error"]
    broker.ctl("change_password", name, "first")
    world.daemon.wait_for("consuming", timeout=60)
    events = emails(2)
    world.publish_many(events)
    wait_until_each_is_sent_once(world, events)
    assert not any(f"{name}:first" in str(line) for line in world.daemon.lines), "the password is in no log line"
    broker.ctl("delete_user", name)
    world.daemon.wait_for("connection lost", component="broker")
    assert world.daemon.stop() == 0, "a signal ends it while it waits"


def test_a_queue_with_other_arguments_ends_it_with_78_and_stays_as_it_is(world):
    with world.broker.connect() as connection:
        connection.channel().queue_declare(world.queue, durable=True)
    daemon = world.prepare().start(until=None)
    assert daemon.wait() == 78
    assert world.queue in daemon.errors and "rabbitmq.declare" in daemon.errors
    with world.broker.connect() as connection:
        # The same arguments as before, or the broker says no.
        connection.channel().queue_declare(world.queue, durable=True)


# In the middle


def test_a_connection_that_swallows_everything_is_noticed_by_the_heartbeat(world, proxy, settings):
    world.start({**settings, **QUICK_HEARTBEAT, "smtp.connections": 2})
    world.smtp.delay(0.2)
    events = emails(12)
    world.publish_many(events)
    world.smtp.wait_for(2)
    proxy.black_hole()
    line = world.daemon.wait_for("connection lost", component="broker")
    assert "heartbeat" in line["error"]
    proxy.pass_on()
    world.daemon.wait_for("reconnected", component="broker", timeout=30)
    check_each_once(world, events)


def test_a_connection_that_is_cut_again_and_again_loses_and_repeats_nothing(world, proxy, settings):
    world.start({**settings, "smtp.connections": 2})
    world.smtp.delay(0.05)
    events = emails(60)
    world.publish_many(events)
    for share in (10, 30):
        world.smtp.wait_for(share)
        since = world.daemon.mark()
        proxy.cut(reset=share == 10)
        world.daemon.wait_for("connection lost", component="broker", since=since)
        world.daemon.wait_for("reconnected", component="broker", since=since)
    check_each_once(world, events)


def test_a_deleted_queue_is_made_anew_and_consumed_again(world):
    world.start({"smtp.connections": 1})
    world.smtp.delay(0.3)
    events = emails(3)
    world.publish_many(events)
    eventually(lambda: "DATA" in world.smtp.commands, "the first is on its way")
    with world.broker.connect() as connection:
        connection.channel().queue_delete(world.queue)
    line = world.daemon.wait_for("consumer cancelled by the broker")
    assert line["queue"] == world.queue and line["component"] == "broker"
    since = world.daemon.mark()
    world.daemon.wait_for("consuming", component="broker", since=since, timeout=20)
    more = emails(3)
    world.publish_many(more)
    check_each_once(world, events + more)


def test_both_servers_away_at_once_and_a_signal_meanwhile(world, proxy, settings):
    with Proxy(world.postgres.port) as database:
        settings = {**settings, "database.url": through(world.database_url, database), "shutdown.drain": "1s"}
        world.start({**settings, "smtp.connections": 2})
        world.smtp.delay(0.1)
        events = emails(40)
        world.publish_many(events)
        world.smtp.wait_for(6)
        for each in (proxy, database):
            each.refuse()
        for component in ("broker", "database"):
            world.daemon.wait_for("connection lost", component=component)
            world.daemon.wait_for("waiting", component=component)
        database.pass_on()
        world.daemon.wait_for("reconnected", component="database")
        proxy.pass_on()
        world.daemon.wait_for("reconnected", component="broker", timeout=20)
        wait_until_each_is_sent_once(world, events)
        since = world.daemon.mark()
        for each in (proxy, database):
            each.refuse()
        for component in ("broker", "database"):
            world.daemon.wait_for("connection lost", component=component, since=since)
        assert world.daemon.stop() == 0


# Short of memory


def test_a_broker_without_memory_goes_on_delivering_and_publish_says_that_it_waits(world, alarm):
    bound_queue(world)
    events = emails(3)
    world.publish_many(events)
    end = alarm()
    world.start()
    wait_until_each_is_sent_once(world, events)
    publishing = ChildProcess(
        [notifyd_path(), "publish", "user.signup", "--sample"],
        environment=environment(**world.variables()),
        log=world.folder / "publish.log",
    )
    eventually(lambda: "takes no messages" in publishing.log_tail(), lambda: f"a word: {publishing.log_tail()}")
    assert publishing.is_running
    end()
    assert publishing.wait(20) == 0, publishing.log_tail()
    eventually(lambda: world.audit.statuses() == {"sent": len(events) + 1}, "it arrives")
