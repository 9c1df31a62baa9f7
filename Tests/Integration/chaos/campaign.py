"""Rounds, one after the other, on the same servers."""

import shutil

from harness import RabbitMQ

from .plan import draw
from .round import Round
from .servers import Servers


def run(seed, rounds, events, folder, make_broker=RabbitMQ, deck=None):
    """Runs them and yields each one's result. `folder` gets their logs.

    Each round's seed is the one before and 1, and so is its deck, which is the seed where none is named.
    """
    shutil.rmtree(folder, ignore_errors=True)
    with Servers(make_broker) as servers:
        for number in range(rounds):
            plan = draw(seed + number, (seed if deck is None else deck) + number, events)
            yield Round(plan, servers, folder / str(plan.seed)).run()
