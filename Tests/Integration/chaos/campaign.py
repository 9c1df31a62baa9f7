"""Rounds, one after the other, on the same servers."""

import shutil

from harness import RabbitMQ

from .plan import draw
from .round import Round
from .servers import Servers


def run(rounds, events, folder, make_broker=RabbitMQ):
    """Runs them and yields each one's result. `rounds` are pairs of seed and deck; `folder` gets their logs."""
    shutil.rmtree(folder, ignore_errors=True)
    with Servers(make_broker) as servers:
        for seed, deck in rounds:
            yield Round(draw(seed, deck, events), servers, folder / str(seed)).run()
