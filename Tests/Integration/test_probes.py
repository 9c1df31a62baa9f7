"""/livez, /readyz and `notifyd status`: who is asked finds out what is so, servers away or the program stuck."""

import datetime
import socket

import pytest

from harness import Proxy
from helpers import events
from helpers.outages import through
from helpers.probes import Probes
from helpers.waiting import eventually


@pytest.fixture
def probes():
    return Probes()


def when(text):
    assert text.endswith("Z")
    return datetime.datetime.fromisoformat(text.removesuffix("Z") + "+00:00")


def test_ready_once_it_consumes_with_each_component_and_since_when(world, probes):
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    world.start({**probes.settings, "sms.providers": "twilio"})
    report = probes.wait_for("/readyz", 200)
    assert report["status"] == "ok"
    components = report["components"]
    assert set(components) == {"broker", "consumer", "database", "http", "smtp", "twilio"}
    for name, component in components.items():
        assert component["status"] == "up", name
        assert before <= when(component["since"]) <= datetime.datetime.now(datetime.timezone.utc), name
    status, headers, _ = probes.ask("/livez")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert probes.report("/livez")[1]["status"] == "ok"


def test_a_broker_that_is_away_is_no_reason_to_restart(world, probes):
    with Proxy(world.broker.port) as proxy:
        world.start({**probes.settings, "rabbitmq.url": through(world.broker.url(), proxy)})
        up = probes.wait_for("/readyz", 200)["components"]["broker"]
        proxy.refuse()
        report = probes.wait_for("/readyz", 503)
        assert report["status"] == "unavailable"
        assert report["components"]["broker"]["status"] == "down"
        assert report["components"]["consumer"]["status"] == "down"
        assert report["components"]["database"]["status"] == "up"
        assert when(report["components"]["broker"]["since"]) >= when(up["since"])
        assert probes.report("/livez")[0] == 200
        told = world.command("status", settings=probes.settings, status=1).output
        assert told.startswith("not ready: not consuming since ")
        proxy.pass_on()
        probes.wait_for("/readyz", 200, within=60)


def test_postgres_that_is_away_from_the_start(world, probes):
    with Proxy(world.postgres.port) as proxy:
        proxy.refuse()
        daemon = world.prepare({**probes.settings, "database.url": through(world.database_url, proxy)})
        daemon.start(until="waiting")
        assert probes.wait_for("/readyz", 503)["components"]["database"]["status"] == "down"
        assert probes.report("/livez")[0] == 200
        proxy.pass_on()
        assert probes.wait_for("/readyz", 200, within=60)["components"]["database"]["status"] == "up"


def test_a_blocked_thread_is_seen_and_nothing_else_is_lost_by_it(world, probes):
    daemon = world.prepare(probes.settings, {"CRASH_AT": "receive", "CRASH_BY": "stall"})
    daemon.start()
    probes.wait_for("/livez", 200)
    event_id = world.publish("payment.completed", events.payment(email="probe@example.com"))
    report = probes.wait_for("/livez", 503, within=30)
    assert report["status"] == "stuck"
    assert report["reason"].startswith("the event loop has not turned for 1")
    told = world.command("status", settings=probes.settings, status=1)
    assert told.output.startswith("stuck: the event loop has not turned for ")
    daemon.kill()
    world.start()
    world.settled(event_id, "sent")


def test_status_for_people_and_for_machines(world, probes):
    world.start(probes.settings)
    probes.wait_for("/readyz", 200)
    lines = world.command("status", settings=probes.settings).output.splitlines()
    assert lines[0].startswith("ready: consuming since 20")
    assert lines[2].split() == ["COMPONENT", "STATUS", "SINCE"]
    assert [line.split()[:2] for line in lines[3:]] == [
        [name, "up"] for name in ("broker", "consumer", "database", "http", "smtp")
    ]
    [report] = world.command("status", "--json", settings=probes.settings).json()
    assert report["ready"] is True and report["alive"] is True
    assert report["components"]["database"]["status"] == "up"


def test_status_where_nobody_answers(world, probes):
    refused = world.command("status", settings=probes.settings, status=69)
    assert f"http://127.0.0.1:{probes.port}/readyz (http.listen)" in refused.errors
    off = world.command("status", settings={"http.listen": "off"}, status=78)
    assert "http.listen is off" in off.errors
    with socket.create_server(("127.0.0.1", probes.port)):
        silent = world.command("status", settings=probes.settings, status=69)
    assert "no daemon answers" in silent.errors


def test_an_address_that_is_taken_keeps_nobody_from_sending(world, probes):
    with socket.create_server(("127.0.0.1", probes.port)):
        world.start(probes.settings)
        line = world.daemon.wait_for("waiting", component="http")
        assert f"cannot listen on 127.0.0.1:{probes.port} (http.listen)" in line["error"]
        event_id = world.publish("payment.completed", events.payment(email="probe@example.com"))
        world.settled(event_id, "sent")
    world.daemon.wait_for("listening", component="http", server=f"127.0.0.1:{probes.port}")
    assert probes.component("http")["status"] == "up"


def test_get_only_and_nothing_else_there(world, probes):
    world.start(probes.settings)
    probes.wait_for("/readyz", 200)
    status, headers, _ = probes.ask("/livez", "POST")
    assert (status, headers["allow"]) == (405, "GET")
    assert probes.ask("/metrics", "DELETE")[0] == 405
    assert probes.ask("/")[0] == 404
    assert probes.ask("/livez?verbose")[0] == 200


def test_a_provider_whose_breaker_opens_is_down(world, probes):
    world.start(probes.settings)
    assert probes.wait_for("/readyz", 200)["components"]["smtp"]["status"] == "up"
    # Not this recipient's fault: the server refuses us.
    world.smtp.answer("mail", "530 5.7.0 authentication required")
    world.publish("payment.completed", events.payment(email="probe@example.com"))
    eventually(lambda: probes.component("smtp")["status"] == "down", "smtp is down")
    assert probes.report("/livez")[0] == 200
