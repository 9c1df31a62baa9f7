"""What a round will do, drawn from its seed before it begins."""

import dataclasses
import random

from .faults import KINDS, Kind

REPLICAS = (1, 2, 4)  # one site each
WITH_BACKUP = {1}  # the sites that have a second provider of emails
MOST_LOST_CLAIMS = 3  # per site: at five an event is set aside


@dataclasses.dataclass(frozen=True)
class Planned:
    """A fault at a moment; `site` is its number, None: the servers of all."""

    kind: Kind
    site: int | None
    begin: float  # seconds after the faults begin
    end: float


@dataclasses.dataclass(frozen=True)
class Plan:
    seed: int
    deck: int
    faults: list
    events: int  # facts of each site

    @property
    def command(self):
        """What repeats it."""
        deck = f" DECK={self.deck}" if self.deck != self.seed else ""
        return f"make chaos ROUNDS=1 SEED={self.seed}{deck}"

    @property
    def length(self):
        return max((fault.end for fault in self.faults), default=0)


def draw(seed, deck, events, replicas=REPLICAS):
    """A round with this deck's faults, each once, spread over the sites and over time."""
    rng = random.Random(seed)
    kinds = [KINDS[name] for name in hand(deck)]
    rng.shuffle(kinds)
    free = {}  # (site, lane): when the last fault there ends
    lost_claims = [0] * len(replicas)
    faults = []
    for kind in kinds:
        site = None
        if not kind.is_global:
            open_to = [
                number
                for number in range(len(replicas))
                if not kind.costs_claim or lost_claims[number] < MOST_LOST_CLAIMS
            ]
            if not open_to:
                continue
            soonest = min(free.get((number, kind.lane), 0) for number in open_to)
            site = rng.choice([number for number in open_to if free.get((number, kind.lane), 0) <= soonest + 2])
            lost_claims[site] += kind.costs_claim
        begin = free.get((site, kind.lane), 0) + rng.uniform(0.2, 3.0)
        end = begin + rng.uniform(0.6, 1.0) * kind.longest
        free[(site, kind.lane)] = end
        faults.append(Planned(kind, site, begin, end))
    faults.sort(key=lambda fault: fault.begin)
    return Plan(seed, deck, faults, events)


def hand(deck):
    """The names of half of all kinds; the decks 2n and 2n + 1 together have every kind once."""
    names = list(KINDS)
    random.Random(f"deck {deck // 2}").shuffle(names)
    return names[deck % 2 :: 2]
