"""What /metrics says of exported spans and slow names (contract sections 11 and 13)."""

import os

import pytest

from harness import NameServer, Reply, partial_success
from helpers.events import payment
from helpers.exposition import scrape
from helpers.probes import Probes
from helpers.waiting import eventually


def send(world, user="u1"):
    event_id = world.publish("payment.completed", payment(user, email="a@example.com"))
    world.settled(event_id, "sent")


def test_spans_that_are_taken_and_spans_that_are_dropped_are_counted(world, collector):
    probes = Probes()
    address = probes.settings["http.listen"]
    world.start(probes.settings, collector.environment)

    def counts():
        metrics = scrape(address)
        return tuple(metrics.value(f"notifyd_spans_{what}_total") for what in ("exported", "dropped"))

    assert counts() == (0, 0)
    for reply, expected in [
        (Reply(), (5, 0)),
        (Reply(400), (5, 5)),
        (Reply(body=partial_success(2, "too old")), (8, 7)),
    ]:
        collector.answer_next(reply)
        send(world)
        eventually(lambda: counts() == expected, lambda: f"exported and dropped {expected}; they are {counts()}")


@pytest.mark.skipif(os.geteuid() != 0, reason="a name server for one process needs root")
def test_a_slow_look_up_is_in_the_histogram_and_a_kept_session_is_not(world, folder):
    probes = Probes()
    with NameServer(folder / "names", delay=0.3) as names:
        settings = {"smtp.url": f"smtp://mail.slow.test:{world.smtp.port}", "smtp.startTls": "never"}
        world.start(settings | probes.settings, within=names.within)
        send(world, "first")
        send(world, "second")
        metrics = scrape(probes.settings["http.listen"])
    name, provider = "notifyd_dns_duration_seconds", {"provider": "smtp"}
    assert metrics.value(f"{name}_count", **provider) == 1
    assert metrics.value(f"{name}_sum", **provider) >= 0.3
    assert metrics.value(f"{name}_bucket", le="0.25", **provider) == 0
