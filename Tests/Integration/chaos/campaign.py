"""Rounds, one after the other, on the same servers."""

import shutil

from harness import RabbitMQ

from .plan import deal, draw
from .round import Round
from .servers import Servers


def run(seed, rounds, events, folder, make_broker=RabbitMQ):
    """Runs them and yields each one's result. Each round's seed is the one before and 1; `folder` gets their logs."""
    shutil.rmtree(folder, ignore_errors=True)
    with Servers(make_broker) as servers:
        for number in range(rounds):
            of_round = seed + number
            yield one(of_round, deal(of_round, 1)[0], events, folder / str(of_round), servers)


def one(seed, faults, events, folder, servers):
    """A round with these faults."""
    return Round(draw(seed, faults, events), servers, folder).run()
