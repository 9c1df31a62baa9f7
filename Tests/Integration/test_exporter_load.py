"""A collector that takes nothing costs the deliveries nothing: neither memory nor an event (contract section 11).

What it costs in time is `make bench SCENARIO=tracing`'s to say: the machines of these tests are too busy for that.
"""

from harness import Reply
from helpers.events import payment, unique
from helpers.waiting import eventually

EVENTS = 1000
SPANS = 5 * EVENTS  # more than two full queues
# A full queue (2,048 spans), the batch in hand and its encoded form are some 2 MB; the rest is what one run differs from
# another by.
MEMORY = 20 << 20

BAD = {
    "hangs": Reply(hangs=True),
    "busy": Reply(503, retry_after=1),
    "slow": Reply(delay=2),
    "garbage": Reply(raw=b"\x00\xff" * 5000),
    "dead": None,
}


def drain(world, settings, environment):
    """A daemon that has sent a backlog, and the most memory it took."""
    events = [("payment.completed", payment(email=f"p{number}@example.com"), unique("evt")) for number in range(EVENTS)]
    world.publish_many(events)
    sent = world.audit.statuses().get("sent", 0) + EVENTS
    daemon = world.start(settings, environment)
    eventually(lambda: world.audit.statuses().get("sent", 0) >= sent,
               lambda: f"{sent} sent; there are {world.audit.statuses()}\n{daemon.tail()}", within=120)
    return daemon, daemon.process.peak_resident_bytes


def test_a_bad_collector_costs_the_deliveries_nothing(world, collector, sink):
    settings = {"smtp.url": sink.url}
    world.start(settings).stop()
    plain, memory = drain(world, settings, {})
    assert plain.stop() == 0
    for fault, reply in BAD.items():
        if reply is None:
            collector.stop()
        else:
            collector.answer_always(reply)
        daemon, memory_with = drain(world, settings, {**collector.environment, "OTEL_EXPORTER_OTLP_TIMEOUT": "3000"})
        assert memory_with < memory + MEMORY, (
            f"{fault}: {memory_with >> 20} MiB, and {memory >> 20} MiB without exporter")
        if fault == "hangs":
            overflow = daemon.wait_for("spans dropped", component="otlp")
            assert overflow["error"] == "more spans end than the collector takes", "the queue has its bound"
        assert daemon.stop(timeout=20) == 0, fault
        reports = daemon.find("spans dropped", component="otlp")
        lost = sum(line["spans"] for line in reports)
        taken = len({span.span_id for span in collector.spans
                     if span.resource["process.pid"] == daemon.process.pid})
        # What was under way to a slow one when the program ended may have been taken, and counts as lost all the same.
        assert lost > 0 and SPANS <= lost + taken <= SPANS + 512, f"{fault}: {lost} told as lost, {taken} taken"
        assert len(reports) <= 3, f"{fault}: the first, one a minute, and the end; not {len(reports)}"
    world.wait_until_all_is_acked()
    assert world.audit.statuses() == {"sent": (1 + len(BAD)) * EVENTS}
