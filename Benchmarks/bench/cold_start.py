"""How long one contender takes from its exec to consuming, with an empty queue and the schema there."""

from .result import Result
from .running import Running

EVENTS = 20
"""Published and drained after it, so that what says it consumes does."""


def cold_start(contender, site, folder, settings, patience=30):
    """One start; returns a Result."""
    contender.prepare(site)
    with Running(contender, site, folder, settings, EVENTS) as running:
        processor = running.process.cpu_seconds
        site.publish(EVENTS)
        running.wait_until_done(patience)
        wrong = running.stop(patience)
    return Result(wrong, {"start_ms": running.consuming_after * 1000, "start_cpu_ms": processor * 1000})
