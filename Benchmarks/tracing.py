#!/usr/bin/env python3
"""Drains backlogs with tracing on and off in turn, and prints what the spans cost.

    make setup release && .build/python/bin/python Benchmarks/tracing.py --rounds 5

On: every event is sampled, and all its spans go to a collector on the same machine that just answers 200. A round counts
only if mails, rows and queue agree and the collector has all spans. Fails where the median of the one is more than 15 %
below the median of the other: a contract of this repository.
"""

import argparse
import statistics
import sys

from drain import Run

from harness.collector import Collector
from harness.postgres import Postgres
from harness.rabbitmq import RabbitMQ
from harness.workspace import Workspace

ALLOWED = 0.85
SPANS_PER_EVENT = 5
PREFETCH = 256


class Round:
    """One backlog without tracing and one with it."""

    def __init__(self, number, backlog, space, broker, postgres):
        self.number, self.backlog = number, backlog
        self.servers = (space, broker, postgres)

    def run(self):
        """Which of the two is first changes from round to round; returns both results by name."""
        order = ["off", "on"] if self.number % 2 else ["on", "off"]
        results = {name: getattr(self, f"_{name}")() for name in order}
        return {name: results[name] for name in ("off", "on")}

    def _off(self):
        return self._measure("off", {})

    def _on(self):
        with Collector(defers=True) as collector:
            variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_TRACES_SAMPLER": "always_on"}
            result = self._measure("on", variables)
            taken = len({span.span_id for span in collector.spans})
        result["spans"] = taken / (self.backlog * SPANS_PER_EVENT)
        result["right"] = result["right"] and taken == self.backlog * SPANS_PER_EVENT
        return result

    def _measure(self, name, variables):
        return Run(*self.servers, f"tracing {name} {self.number}", self.backlog, PREFETCH, 0, variables).measure()


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=20_000)
    arguments.add_argument("--rounds", type=int, default=5)
    chosen = arguments.parse_args()
    figures = {"off": [], "on": []}
    right = True
    print(f"{'':16}{'events/s':>10}{'CPU s/1000':>12}{'peak MB':>9}{'spans':>8}")
    with Workspace("notifyd-tracing-") as space:
        with RabbitMQ(space.folder("rabbitmq")) as broker, Postgres(space.folder("postgres")) as postgres:
            for number in range(1, chosen.rounds + 1):
                for name, result in Round(number, chosen.events, space, broker, postgres).run().items():
                    figures[name].append(result)
                    right = right and result["right"]
                    spans = f"{result['spans']:8.0%}" if "spans" in result else f"{'-':>8}"
                    print(
                        f"round {number:<3} {name:6}{result['events_per_second']:10.0f}{result['cpu_per_1000']:12.3f}"
                        f"{result['peak_mb']:9.1f}{spans}"
                        + ("" if result["right"] else "   WRONG: rows, mails, queue or spans do not agree"),
                        flush=True,
                    )
    speed = {name: statistics.median(each["events_per_second"] for each in rounds) for name, rounds in figures.items()}
    cost = {name: statistics.median(each["cpu_per_1000"] for each in rounds) for name, rounds in figures.items()}
    ratio = speed["on"] / speed["off"]
    print(f"medians: {speed['off']:.0f} and {speed['on']:.0f} events/s, {ratio:.2f} of the throughput without;")
    print(f"         {cost['off']:.3f} and {cost['on']:.3f} s of processor per 1000 events")
    return 0 if right and ratio >= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
