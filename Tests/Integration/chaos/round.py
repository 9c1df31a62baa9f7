"""One round: sites are opened, events published while faults come and go, all is healed, and the end compared."""

import collections
import dataclasses
import random
import time

from harness import DeadlinePassed

from . import checker, holds
from .plan import REPLICAS, WITH_BACKUP
from .site import Site
from .timeline import Timeline

TICK = 0.01  # seconds
PATIENCE = 300  # seconds until everything must have come to rest after the last fault
MOST_EXTRA_WORK = 10  # times
LEAST_SPAN = 15.0  # seconds over which the events are published


@dataclasses.dataclass
class Result:
    """What a round did, and what was wrong at its end."""

    seed: int
    seconds: float = 0
    events: int = 0  # messages published
    notifications: int = 0  # rows of the log
    sent: int = 0
    lost: int = 0
    doubled: int = 0
    resent: int = 0
    faults: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    violations: list = dataclasses.field(default_factory=list)


class Round:
    """Runs one plan. Everything happens on the calling thread, which is to be the main one: it starts the daemons."""

    def __init__(self, plan, servers, folder, replicas=REPLICAS):
        self.plan, self.servers = plan, servers
        self.timeline = Timeline()
        self.result = Result(plan.seed)
        self._rng = random.Random(f"round {plan.seed}")
        self._pending = []  # futures of the servers' thread
        self.sites = []
        self._folder = folder
        self._replicas = replicas

    def run(self):
        began = time.monotonic()
        try:
            self._open()
            self._inject()
            self._heal()
            self._meet_crash_points()
            self._rest()
            self._end()
        except Exception as error:
            error.add_note(f"again: {self.plan.command}")
            raise
        finally:
            for site in self.sites:
                site.close()
        self.result.seconds = time.monotonic() - began
        return self.result

    def _open(self):
        for number, replicas in enumerate(self._replicas):
            name = f"site {number}"
            folder = self._folder / f"site-{number}"
            folder.mkdir(parents=True)
            site = Site(name, self.servers, folder, self.timeline, backup=number in WITH_BACKUP)
            self.sites.append(site)
            site.open(replicas)
            site.draw_facts(self.plan.events, self._rng)

    def _inject(self):
        """Publishes and injects by the plan's times, and keeps the replicas alive."""
        span = max(self.plan.length, LEAST_SPAN)
        agenda = []
        for site in self.sites:
            for fact in site.facts:
                moments = sorted(self._rng.uniform(0, span) for _ in fact.messages)
                for moment, message in zip(moments, fact.messages, strict=True):
                    agenda.append((moment, lambda site=site, fact=fact, message=message: site.publish(fact, message)))
        for fault in self.plan.faults:
            agenda.append((fault.begin, lambda fault=fault: self._begin(fault)))
            if fault.kind.end:
                agenda.append((fault.end, lambda fault=fault: self._finish(fault)))
        agenda.sort(key=lambda item: item[0])
        began = time.monotonic()
        for moment, act in agenda:
            self._live_until(lambda moment=moment: time.monotonic() - began >= moment)
            act()

    def _begin(self, fault):
        rng = random.Random(f"{self.plan.seed} {fault.kind.name}")
        self.timeline.note(self._where(fault), f"begins: {fault.kind.name}")
        self._remember(fault.kind.begin(self._target(fault), rng))
        if not fault.kind.name.startswith("crash at"):
            self.result.faults[fault.kind.name] += 1

    def _finish(self, fault):
        self._remember(fault.kind.end(self._target(fault)))
        self.timeline.note(self._where(fault), f"ends: {fault.kind.name}")

    def _remember(self, outcome):
        if hasattr(outcome, "result"):
            self._pending.append(outcome)

    def _target(self, fault):
        return self.servers if fault.site is None else self.sites[fault.site]

    def _where(self, fault):
        return "" if fault.site is None else self.sites[fault.site].name

    def _heal(self):
        self._live_until(lambda: all(future.done() for future in self._pending))
        for future in self._pending:
            future.result()
        for site in self.sites:
            site.heal()
        self.timeline.note("", "all is healed")

    def _meet_crash_points(self):
        """A crash point is met by work: there is more of it until every one was."""
        for _ in range(MOST_EXTRA_WORK):
            waiting = [site for site in self.sites if any(replica.is_to_crash for replica in site.replicas)]
            if not waiting:
                return
            for site in waiting:
                site.publish_more(2 * len(site.replicas), self._rng)
            end = time.monotonic() + 3
            self._live_until(lambda: not any(each.is_to_crash for site in waiting for each in site.replicas), end)

    def _rest(self):
        """Waits until nothing moves any more; what is on hold is then sent again, and waited for.

        Once more than once: what is sent again may meet a crash point that nothing met before, and is on hold again.
        """
        end = time.monotonic() + PATIENCE
        self._wait_for_confirms(end)
        self._wait_for_rest(end)
        for site in self.sites:
            checker.check_holds(site, self.result, self.plan)
        while any([self._resolve(site) for site in self.sites]) and time.monotonic() < end:
            self._wait_for_rest(end)

    def _resolve(self, site):
        """Whether there was anything to resolve."""
        resent = holds.resend(site)
        if resent:
            names = ", ".join(row["dedupe_key"] for row in resent)
            self.timeline.note(site.name, f"resolved by --resend: {names}")
            site.resent.update(row["id"] for row in resent)
        return bool(resent)

    def _wait_for_confirms(self, end):
        for site in self.sites:
            self._live_until(lambda site=site: len(site.publisher.times) == len(site.published), end)
            if site.publisher.refused:
                raise AssertionError(f"the broker refused {site.publisher.refused[:3]}")
            if len(site.publisher.times) != len(site.published):
                raise DeadlinePassed("the broker has confirmed every event")

    def _wait_for_rest(self, end):
        """Until all sites were at rest twice, further apart than the broker's numbers are old."""
        for _ in range(2):
            for site in self.sites:
                pace = _Pace(1)
                self._live_until(lambda site=site, pace=pace: pace.is_due() and checker.is_at_rest(site), end)

    def _end(self):
        """Compares while the replicas still run, then lets them drain: their ends must be explained, too."""
        for site in self.sites:
            checker.check(site, self.result, self.plan)
        for site in self.sites:
            for replica in site.replicas:
                replica.end()
                self.result.violations += [f"{self.plan.command}: {wrong}" for wrong in replica.wrong_ends]
                self.result.faults.update(f"crash at {point.step}" for point in replica.met)
            checker.check_queues_stay_empty(site, self.result, self.plan)
            site.remove()

    def _live_until(self, condition, end=None):
        """Waits for it, or until `end`, and starts again the replicas that end meanwhile."""
        while not condition() and (end is None or time.monotonic() < end):
            for site in self.sites:
                site.supervise()
            time.sleep(TICK)


class _Pace:
    """Says yes so often only: what is asked for costs something."""

    def __init__(self, every):
        self._every = every
        self._next = 0.0

    def is_due(self):
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + self._every
        return True
