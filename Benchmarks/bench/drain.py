"""Drains one backlog with one contender."""

import time

from .memory import growth
from .result import Result
from .running import Running


def drain(contender, site, folder, settings, events, delay=0, patience=30):
    """A backlog of `events`, published before; returns a Result."""
    contender.prepare(site)
    site.publish(events)
    samples = []
    with Running(contender, site, folder, settings, events, delay) as running:
        before = _processor_times(running)
        begin = time.monotonic()
        end = running.wait_until_done(
            patience, lambda done: samples.append((time.monotonic() - begin, done, running.process.resident_bytes))
        )
        after = _processor_times(running)
        peak = running.process.peak_resident_bytes
        wrong = running.stop(patience)
    if end is None:
        return Result(wrong or ["it stood still"], {})
    spent = [(b - a) / events * 1000 for a, b in zip(before, after)]
    figures = {
        "events_per_second": events / (end - begin),
        "cpu_per_1000": spent[0],
        "broker_cpu_per_1000": spent[1],
        "database_cpu_per_1000": spent[2],
        "peak_mb": peak / 1e6,
    }
    grown = growth(samples)
    return Result(wrong, figures if grown is None else figures | {"growth": grown}, samples)


def _processor_times(running):
    return (running.process.cpu_seconds, *running.site.servers_cpu_seconds())

