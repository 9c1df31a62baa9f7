"""Measures notifyd beside the peers on the same private servers, several rounds in turn.

Exit status 1 where a run was wrong. The raw figures go to .build/bench/results.json.
"""

import argparse
import dataclasses
import json
import os
import signal
import sys

from harness.postgres import Postgres
from harness.program import ROOT
from harness.rabbitmq import RabbitMQ
from harness.workspace import Workspace

from .circumstances import circumstances
from .contenders import contenders
from .programs import FOLDER
from .scenarios import SCENARIOS
from .site import POSTGRES_SETTINGS, Site
from .table import line_of, table


def main():
    # So that the servers are stopped when somebody ends the job.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = _options()
    os.environ.setdefault("NOTIFYD_TEST_PROGRAM", str(ROOT / ".build/release/notifyd"))
    known = contenders()
    chosen = [each for each in SCENARIOS if each.name in options.scenarios]
    taking_part = {each.name: [known[name] for name in each.settings if _takes_part(name, known, options.peers)]
                   for each in chosen}
    for each in {contender for some in taking_part.values() for contender in some}:
        each.command()  # builds it, or says what is missing, before anything is measured
    with Workspace("notifyd-bench-") as space:
        measured = circumstances()
        print(f"bench: {measured}\nbench: starting a private RabbitMQ and Postgres", flush=True)
        broker = RabbitMQ(space.folder("rabbitmq"))
        postgres = Postgres(space.folder("postgres"), durable=True, **POSTGRES_SETTINGS)
        with broker, postgres:
            servers = (space, broker, postgres)
            results = {each.name: _measure(each, taking_part[each.name], options, servers) for each in chosen}
    print(f"\nMeasured {measured}.\n")
    for scenario in chosen:
        print(table(scenario, results[scenario.name]), end="\n\n", flush=True)
    _keep(measured, results)
    return any(run.wrong for runs in results.values() for of_one in runs.values() for run in of_one)


def _options():
    ordinary = [each.name for each in SCENARIOS if not each.is_extra]
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.partition("\n")[0])
    parser.add_argument("scenarios", nargs="*", default=ordinary, help=", ".join(each.name for each in SCENARIOS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=None, help="of a run; else each scenario's own number")
    parser.add_argument("--peers", default=None, help="comma-separated; else all that are installed, beside notifyd")
    parser.add_argument("--million", action="store_true", help="a million events, too: memory over time")
    options = parser.parse_args()
    unknown = set(options.scenarios) - {each.name for each in SCENARIOS}
    if unknown:
        parser.error(f"no scenario is called {', '.join(sorted(unknown))}")
    if options.million and "million" not in options.scenarios:
        options.scenarios = [*options.scenarios, "million"]
    return options


def _takes_part(name, known, peers):
    if peers is not None:
        return name in known and (name.startswith("notifyd") or name in peers.split(","))
    if name not in known:
        print(f"bench: {name} is not installed; left out", file=sys.stderr)
    return name in known


def _measure(scenario, taking_part, options, servers):
    """All rounds of a scenario; who is first changes from round to round. Returns lists of Results by contender."""
    space, broker, postgres = servers
    print(f"\n{scenario.name}: {scenario.title}", flush=True)
    folder = space.folder(scenario.name)
    results = {each.name: [] for each in taking_part}
    rounds = min(options.rounds, scenario.most_rounds)
    for number in range(rounds):
        first = number % len(taking_part)
        for contender in taking_part[first:] + taking_part[:first]:
            with Site(broker, postgres) as site:
                settings = scenario.settings[contender.name]
                events = int((options.events or scenario.events) * settings.share)
                result = scenario.measure(contender, site, folder, settings, events)
            results[contender.name].append(result)
            print(f"  {number + 1}/{rounds}  {contender.name:17} {line_of(result)}", flush=True)
    return results


def _keep(measured, results):
    FOLDER.mkdir(parents=True, exist_ok=True)
    raw = {name: {who: [dataclasses.asdict(run) for run in runs] for who, runs in scenario.items()}
           for name, scenario in results.items()}
    kept = {"measured": measured, "scenarios": raw}
    (FOLDER / "results.json").write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
