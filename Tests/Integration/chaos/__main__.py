"""Rounds of faults by hand; exit status 1 where one ended wrong.

Each round prints its seed; `--seed S --rounds 1` repeats it. The daemons' logs are in .build/chaos.
"""

import argparse
import random
import signal
import sys

from harness import ROOT, RabbitMQ, rabbitmq4_root

from . import campaign, summary


def main():
    # So that the servers are stopped when somebody ends the job.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=None, help="the first round's; each further one adds 1")
    parser.add_argument("--deck", type=int, default=None, help="which faults; else the seed says so, too")
    parser.add_argument("--events", type=int, default=60, help="facts of each of the three sites of a round")
    parser.add_argument("--rabbitmq4", action="store_true", help="against RabbitMQ 4, see make rabbitmq4")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    folder = ROOT / ".build/chaos"
    deck = seed if options.deck is None else options.deck
    rounds = [(seed + number, deck + number) for number in range(options.rounds)]
    results = []
    try:
        for result in campaign.run(rounds, options.events, folder, _maker(options.rabbitmq4)):
            results.append(result)
            verdict = "as it should be" if not result.violations else f"{len(result.violations)} VIOLATIONS"
            print(
                f"round {len(results)}/{options.rounds}, seed {result.seed}: {result.events} events, "
                f"{sum(result.faults.values())} faults, {result.seconds:.0f} s: {verdict}",
                flush=True,
            )
            for violation in result.violations:
                print(violation, "\n", flush=True)
    finally:
        if results:
            print("\n" + summary.table(results))
    sys.exit(1 if any(result.violations for result in results) else 0)


def _maker(is_version_4):
    if not is_version_4:
        return RabbitMQ
    root = rabbitmq4_root()
    if root is None:
        sys.exit("RabbitMQ 4 is not prepared: run make rabbitmq4")
    return lambda folder: RabbitMQ(folder, root=root)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
