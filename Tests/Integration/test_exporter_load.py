"""A collector that takes nothing costs the deliveries nothing: neither time, nor memory, nor an event (section 11)."""

import pytest

from harness import Reply
from helpers.events import payment, unique
from helpers.waiting import eventually

EVENTS = 3000
SPANS = 5 * EVENTS
# A full queue (2,048 spans), the batch in hand and its encoded form are some 5 MB; the rest is what the allocator and
# another run differ by.
MEMORY = 48 << 20

BAD = {
    "hangs": Reply(hangs=True),
    "busy": Reply(503, retry_after=1),
    "slow": Reply(delay=2),
    "garbage": Reply(raw=b"\x00\xff" * 5000),
}


@pytest.fixture
def backlog(world, sink):
    """How a daemon drains a backlog of many events: its memory at the end."""

    def drain(environment):
        settings = {"smtp.url": sink.url}
        world.start(settings, environment).stop()
        events = [("payment.completed", payment(email=f"p{number}@example.com"), unique("evt"))
                  for number in range(EVENTS)]
        world.publish_many(events)
        before = world.audit.statuses().get("sent", 0)
        daemon = world.start(settings, environment)
        eventually(lambda: world.audit.statuses().get("sent", 0) >= before + EVENTS,
                   lambda: f"{EVENTS} sent; there are {world.audit.statuses()}\n{daemon.tail()}", within=120)
        return daemon, daemon.process.peak_resident_bytes

    return drain


@pytest.mark.parametrize("fault", ["dead", *BAD])
def test_a_bad_collector_costs_the_deliveries_nothing(world, collector, backlog, fault):
    plain, memory = backlog({})
    assert plain.stop() == 0
    if fault == "dead":
        collector.stop()
    else:
        collector.answer_always(BAD[fault])
    daemon, memory_with = backlog({**collector.environment, "OTEL_EXPORTER_OTLP_TIMEOUT": "3000"})
    assert memory_with < memory + MEMORY, f"{memory_with >> 20} MiB, and {memory >> 20} MiB without exporter"
    assert daemon.stop(timeout=20) == 0
    world.wait_until_all_is_acked()
    assert world.audit.statuses() == {"sent": 2 * EVENTS}
    lost = sum(line["spans"] for line in daemon.find("spans dropped", component="otlp"))
    taken = len({span.span_id for span in collector.spans if span.resource["process.pid"] == daemon.process.pid})
    # Slow: what was sent when the program ended may have been taken, and counts as lost all the same.
    assert SPANS <= lost + taken <= SPANS + 512, f"{lost} spans told as lost, {taken} taken, of {SPANS}"
    assert lost > 0
    # The first failure, then one a minute, and the end.
    assert len(daemon.find("spans dropped")) <= 4
