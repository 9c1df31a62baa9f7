"""The Debian package on a booted Debian 12, between real servers (docs/packaging.md, docs/systemd.md)."""

import collections
import json
import re

import pytest

from harness import Machine, MailSink, Proxy, Workspace, debian12_root, package_path
from helpers.events import payment, signup, unique
from helpers.mails import plain
from helpers.packages import NEXT, next_version
from helpers.service import CATALOGUE, CONFIGURATION, Service
from helpers.waiting import eventually
from test_reload import add_order_shipped

pytestmark = pytest.mark.skipif(
    not (debian12_root() and package_path()), reason="no package, or no Debian to install it in: run make package-test"
)
PRIORITIES = {"error": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7}
COUNT = 1000


@pytest.fixture(scope="module")
def machine():
    """Debian with the package just installed; the last tests upgrade and purge it."""
    with Workspace() as workspace, Machine(workspace.path / "debian") as machine:
        machine.run("apt-get", "update")
        machine.install_requirements(package_path())
        machine.before = machine.files()
        machine.install(package_path())
        yield machine


@pytest.fixture
def service(machine, world):
    service = Service(machine, world)
    yield service
    service.close()


@pytest.fixture
def slow_sink(folder):
    """Answers a little late, so that there is always something in flight."""
    with MailSink(folder, delay=20) as sink:
        yield sink


def consumers(world):
    with world.broker.connect() as connection:
        return connection.channel().queue_declare(world.queue, passive=True).method.consumer_count


def check_that_it_sends(world):
    event = world.publish("payment.completed", payment(email="a@example.com"))
    world.settled(event, "sent")
    world.mail_of(event)


def test_nothing_is_started_or_enabled_by_the_installation(machine):
    assert machine.systemctl("is-enabled", "notifyd", status=1).strip() == "disabled"
    assert machine.systemctl("is-active", "notifyd", status=3).strip() == "inactive"
    assert machine.systemctl("--failed", "--no-legend").strip() == ""


def test_systemd_finds_nothing_wrong_with_the_units(machine):
    units = [f"/lib/systemd/system/{name}" for name in ("notifyd.service", "notifyd@.service", "notifyd.target")]
    said = machine.run("systemd-analyze", "verify", *units)
    assert "notifyd" not in said, said


def test_a_wrong_configuration_fails_the_start_and_is_not_tried_again(service):
    service.configure({"rabbitmq.prefetch": "many"})
    service.machine.systemctl("start", "notifyd", status=1)
    assert service.property("ExecMainStatus") == "78" and service.property("NRestarts") == "0"
    assert "rabbitmq.prefetch" in service.tail()


def test_start_returns_once_it_consumes_and_not_before(service, world):
    with Proxy(world.broker.port) as proxy:
        proxy.refuse()
        service.configure({"rabbitmq.url": world.broker.url().replace(str(world.broker.port), str(proxy.port))})
        start = service.begin("start")
        try:
            eventually(lambda: service.status.startswith("waiting for broker"), lambda: service.status, within=30)
            assert start.poll() is None, "systemctl start has returned while there was no broker"
            proxy.pass_on()
            assert start.wait(60) == 0
            assert consumers(world) == 1
        finally:
            proxy.pass_on()
            start.wait(60)
            service.machine.systemctl("stop", "notifyd")


def test_status_shows_what_it_does_and_with_whom(service, world):
    service.start()
    shown = service.machine.systemctl("status", "notifyd")
    assert re.search(rf'^ +Status: "consuming from broker \S*127\.0\.0\.1:{world.broker.port}"$', shown, re.M), shown


def test_events_are_sent_and_secrets_come_from_credentials_alone(service, world):
    service.start()
    check_that_it_sends(world)
    assert world.broker.password not in service.machine.path(CONFIGURATION).read_text()
    environment = service.machine.run("cat", f"/proc/{service.pid}/environ")
    assert "CREDENTIALS_DIRECTORY=" in environment and world.broker.password not in environment
    assert world.broker.password not in service.machine.run("cat", f"/proc/{service.pid}/cmdline")


def test_reload_takes_a_new_notification_and_the_process_stays(service, world):
    service.start()
    before = service.pid
    add_order_shipped(service.machine.path(CATALOGUE))
    service.machine.systemctl("reload", "notifyd")
    event = world.publish("order.shipped", {"orderId": "o7", "userId": "u1", "email": "a@example.com"})
    world.settled(event, "sent")
    assert "Your order o7 left us today." in plain(world.mail_of(event).message)
    assert service.pid == before


def test_a_refused_reload_is_in_the_status_and_the_old_state_works_on(service, world):
    service.start()
    (add_order_shipped(service.machine.path(CATALOGUE)) / "notification.yaml").write_text("descriptoin: wrong\n")
    service.machine.systemctl("reload", "notifyd")
    assert "reload refused" in service.status and "descriptoin" in service.status
    check_that_it_sends(world)


def test_a_daemon_that_is_stopped_is_killed_by_the_watchdog_and_started_again(service, world):
    service.start()
    before, mark = service.pid, service.mark()
    service.machine.systemctl("kill", "--kill-who=main", "--signal=STOP", "notifyd")
    eventually(lambda: service.property("NRestarts") == "1", service.tail, within=90)
    eventually(lambda: service.status.startswith("consuming"), service.tail, within=60)
    assert service.pid not in (0, before)
    said = "\n".join(entry["MESSAGE"] for entry in service.entries(mark))
    assert "Watchdog timeout" in said and "result 'watchdog'" in said, said
    check_that_it_sends(world)


def test_stop_under_load_drains_and_the_next_start_finishes_each_once(service, world, slow_sink):
    settings = {"smtp.url": slow_sink.url, "smtp.connections": 4, "rabbitmq.prefetch": 20}
    service.start(settings)
    mark = service.mark()
    ids = [unique("evt") for _ in range(COUNT)]
    world.begin_publishing([("user.signup", signup(each, f"{each}@example.com"), each) for each in ids])
    eventually(lambda: slow_sink.count() > COUNT * 0.05, "the load to go on")
    service.machine.systemctl("stop", "notifyd")
    assert service.property("Result") == "success" and service.property("ExecMainStatus") == "0", service.tail()
    messages = [line["message"] for _, line in service.journal(mark)]
    assert "draining" in messages and messages[-1] == "stopped"
    world.publisher.wait()
    assert slow_sink.count() < COUNT, "all was sent before the stop: nothing was shown"

    service.start(settings)
    eventually(lambda: world.audit.statuses() == {"sent": COUNT},
               lambda: f"{COUNT} rows `sent`: {world.audit.statuses()}\n{service.tail()}", within=60)
    counts = collections.Counter(message["Notifyd-Event-ID"] for message in slow_sink.messages())
    assert counts == dict.fromkeys(ids, 1)


def test_the_sandbox_is_in_force(service):
    service.start()
    process = service.process()
    assert process["NoNewPrivs"] == "1" and process["Seccomp"] == "2"
    assert {process[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {"0" * 16}
    assert "0" not in process["Uid"].split() + process["Gid"].split()
    for path in ("/etc/probe", "/usr/bin/probe", "/var/lib/probe", "/var/log/probe"):
        assert "Read-only file system" in service.within("touch", path, status=1)
    assert service.within("ls", "/home") == ""
    devices = service.within("ls", "/dev").split()
    assert "null" in devices and not [name for name in devices if name.startswith(("sd", "vd", "kmsg", "mem"))]
    # What it may: its own folder.
    service.within("touch", "/var/lib/notifyd/probe")
    service.within("rm", "/var/lib/notifyd/probe")


def test_the_journal_has_priorities_and_one_line_for_each_event(service, world):
    service.start()
    mark = service.mark()
    ids = [unique("evt") for _ in range(20)]
    world.publish_many([("user.signup", signup(each), each) for each in ids])
    for each in ids:
        world.settled(each, "sent")
    world.wait_until_all_is_acked()
    (service.machine.path(CATALOGUE) / "broken").mkdir()
    (service.machine.path(CATALOGUE) / "broken/notification.yaml").write_text("descriptoin: wrong\n")
    service.machine.systemctl("reload", "notifyd")
    service.wait_for("reload refused", since=mark)

    lines = service.journal(mark)
    told = collections.Counter(line["event_id"] for _, line in lines if line.get("event_id"))
    assert told == dict.fromkeys(ids, 1)
    assert {PRIORITIES[line["level"]] for _, line in lines} >= {3, 6}
    assert [(priority, line) for priority, line in lines if priority != PRIORITIES[line["level"]]] == []
    errors = service.entries(mark, "--priority=err")
    assert [json.loads(entry["MESSAGE"])["message"] for entry in errors] == ["reload refused"]


def test_two_instances_share_the_queue_and_the_target_stops_them(service, world):
    service.configure()
    machine = service.machine
    for name in ("one", "two"):
        machine.run("cp", CONFIGURATION, f"/etc/notifyd/{name}.yaml")
        for credential in machine.path("/etc/credstore").glob("notifyd_*"):
            machine.write(f"/etc/credstore/{name}.{credential.name}", credential.read_text(), mode=0o600)
        machine.systemctl("enable", f"notifyd@{name}")
    machine.systemctl("start", "notifyd.target")
    eventually(lambda: consumers(world) == 2, lambda: machine.systemctl("status", "notifyd@*", status=None), within=60)
    check_that_it_sends(world)
    machine.systemctl("stop", "notifyd.target")
    assert consumers(world) == 0
    machine.systemctl("disable", "notifyd@one", "notifyd@two")


# The next ones change what is installed; they stay last, in this order.


def test_an_upgrade_keeps_the_configuration_and_what_runs_goes_on_with_the_new_version(service, world, folder):
    service.start()
    configuration, before = service.machine.path(CONFIGURATION).read_text(), service.pid
    service.machine.install(next_version(package_path(), folder))
    shown = service.machine.run("dpkg-query", "--show", "--showformat=${Version} ${db:Status-Status}", "notifyd")
    assert shown == f"{NEXT} installed"
    assert service.machine.path(CONFIGURATION).read_text() == configuration
    assert service.property("ActiveState") == "active" and service.pid not in (0, before)
    check_that_it_sends(world)


def test_purging_it_stops_it_and_leaves_nothing(service, world):
    service.start()
    machine, process = service.machine, f"/proc/{service.pid}"
    machine.systemctl("enable", "notifyd", "notifyd.target", "notifyd@one")
    machine.run("apt-get", "purge", "--yes", "notifyd")
    assert consumers(world) == 0
    machine.run("test", "-e", process, status=1)
    assert machine.systemctl("list-unit-files", "notifyd*", "--no-legend", status=None).strip() == ""
    left = machine.files() - machine.before
    assert not left, sorted(left)
