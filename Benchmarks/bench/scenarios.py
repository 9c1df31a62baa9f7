"""What is measured, with which settings, and what has to come of it."""

import dataclasses

from .cold_start import cold_start
from .contenders import Settings
from .drain import drain
from .latency import latency

DEFAULTS = Settings()


@dataclasses.dataclass(frozen=True)
class Target:
    """A bound on a figure of notifyd or, with `to`, on its ratio to that contender's."""

    figure: str
    bound: float
    is_least: bool
    to: str = None

    def value(self, medians):
        """None where what it needs was not measured."""
        ours = medians.get("notifyd", {}).get(self.figure)
        if self.to is None:
            return ours
        theirs = medians.get(self.to, {}).get(self.figure)
        return ours / theirs if ours is not None and theirs else None

    def is_met(self, value):
        return value >= self.bound if self.is_least else value <= self.bound


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One table: who takes part with which settings, how a run is measured, and the targets."""

    name: str
    title: str
    settings: dict
    events: int
    targets: tuple
    measure: object  # (contender, site, folder, settings, events) -> Result
    is_extra: bool = False  # only when it is asked for by its name


def _draining(delay=0):
    return lambda contender, site, folder, settings, events: drain(contender, site, folder, settings, events, delay)


def _starting(contender, site, folder, settings, events):
    return cold_start(contender, site, folder, settings)


LATENCY_RATE = 500


def _latency(contender, site, folder, settings, events):
    return latency(contender, site, folder, settings, LATENCY_RATE, events)


def _pool(prefetch, connections, database_connections=20):
    return Settings(prefetch, connections, database_connections)


WIDE = 1_000
"""Connections to a mail server that answers after 200 ms: it takes five times as many mails a second, and no more."""

SCENARIOS = (
    Scenario(
        "drain",
        "backlog, mail server answers at once",
        {"notifyd": DEFAULTS, "go": _pool(256, 64), "python": _pool(256, 64), "limit": _pool(500, 64)},
        50_000,
        (
            Target("events_per_second", 4.0, True, "go"),
            Target("events_per_second", 0.5, True, "limit"),
            Target("cpu_per_1000", 0.4, False, "go"),
            Target("peak_mb", 40, False),
        ),
        _draining(),
    ),
    Scenario(
        "slow-wide",
        "backlog, mail server answers after 200 ms, 1,000 connections, prefetch 2,000",
        dict.fromkeys(("notifyd", "go", "python", "limit"), _pool(2 * WIDE, WIDE)),
        30_000,
        (Target("events_per_second", 0.95 * WIDE / 0.2, True), Target("peak_mb", 80, False)),
        _draining(200),
    ),
    Scenario(
        "slow-defaults",
        "backlog, mail server answers after 200 ms, notifyd's defaults; Go with the usual prefetch of 20",
        {"notifyd": DEFAULTS, "go": _pool(20, 20)},
        2_000,
        (Target("events_per_second", 300, True), Target("peak_mb", 40, False)),
        _draining(200),
    ),
    Scenario(
        "start",
        "cold start to consuming, schema present",
        {"notifyd": DEFAULTS, "go": _pool(256, 64), "python": _pool(256, 64), "limit": _pool(500, 64)},
        0,
        (Target("start_ms", 60, False),),
        _starting,
    ),
    Scenario(
        "latency",
        f"publish to acknowledgement at {LATENCY_RATE} events a second, mail server answers at once",
        {"notifyd": DEFAULTS, "go": _pool(256, 64), "python": _pool(256, 64), "limit": _pool(500, 64)},
        10_000,
        (Target("p99", 1.0, False, "go"),),
        _latency,
    ),
    Scenario(
        "tracing",
        "what the spans cost: backlog, mail server answers at once, all events traced and none",
        {"notifyd": DEFAULTS, "notifyd untraced": DEFAULTS},
        20_000,
        (Target("events_per_second", 0.85, True, "notifyd untraced"),),
        _draining(),
        is_extra=True,
    ),
    Scenario(
        "million",
        "a million events, mail server answers at once",
        {"notifyd": DEFAULTS},
        1_000_000,
        (Target("growth", 0.05, False),),
        _draining(),
        is_extra=True,
    ),
)
