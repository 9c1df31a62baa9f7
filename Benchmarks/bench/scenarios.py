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
    most_rounds: int = 1_000


def _draining(delay=0):
    return lambda contender, site, folder, settings, events: drain(contender, site, folder, settings, events, delay)


def _starting(contender, site, folder, settings, events):
    return cold_start(contender, site, folder, settings)


LATENCY_RATE = 500


def _latency(contender, site, folder, settings, events):
    return latency(contender, site, folder, settings, LATENCY_RATE, events)


_POOL = Settings(prefetch=256, connections=64)
_PYTHON_POOL = dataclasses.replace(_POOL, share=0.1)
_LIMIT_POOL = dataclasses.replace(_POOL, prefetch=500)
_POOLS = {"notifyd": DEFAULTS, "go": _POOL, "python": _PYTHON_POOL, "limit": _LIMIT_POOL}

WIDE = 1_000
"""Connections to a mail server that answers after 200 ms: it takes five times as many mails a second, and no more."""

_WIDE_POOL = Settings(prefetch=2 * WIDE, connections=WIDE)
_WIDE_POOLS = {name: dataclasses.replace(_WIDE_POOL, share=pool.share) for name, pool in _POOLS.items()}

SCENARIOS = (
    Scenario(
        "drain",
        "backlog, mail server answers at once",
        _POOLS,
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
        _WIDE_POOLS,
        30_000,
        (Target("events_per_second", 0.95 * WIDE / 0.2, True), Target("peak_mb", 80, False)),
        _draining(200),
    ),
    Scenario(
        "slow-defaults",
        "backlog, mail server answers after 200 ms, notifyd's defaults; Go with the usual prefetch of 20",
        {"notifyd": DEFAULTS, "go": Settings(prefetch=20, connections=20)},
        2_000,
        (Target("events_per_second", 300, True), Target("peak_mb", 40, False)),
        _draining(200),
    ),
    Scenario(
        "start",
        "cold start to consuming, schema present",
        _POOLS,
        0,
        (Target("start_ms", 60, False),),
        _starting,
    ),
    Scenario(
        "latency",
        f"publish to acknowledgement at {LATENCY_RATE} events a second, mail server answers at once",
        # The Python peer does not keep up with this load: what it would show is the length of the run.
        {name: pool for name, pool in _POOLS.items() if name != "python"},
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
        most_rounds=1,
    ),
)
