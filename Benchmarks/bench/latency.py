"""Publish to acknowledgement at a fixed offered load, free of coordinated omission.

The publisher's schedule is fixed beforehand and does not wait for the consumer; each event counts from the moment it
was due, not from when it went out. Its end is when its basic.ack passes a tap between the consumer and the broker.
"""

import array
import json
import signal
import subprocess

from harness.processes import ChildProcess, environment

from . import programs
from .result import Result
from .running import Running
from .site import EXCHANGE

WARM_UP_SECONDS = 2
"""Connections open and caches fill; what is due then is checked as all is, but not timed."""


def latency(contender, site, folder, settings, rate, events, patience=30):
    """`rate` events a second until `events` are counted; returns a Result."""
    contender.prepare(site)
    skipped = rate * WARM_UP_SECONDS
    total = events + skipped
    file = folder / "acknowledged"
    tap = ChildProcess(
        [programs.ack_tap(), site.broker_port, total, file],
        environment=environment(),
        log=folder / "tap.log",
        stdout=subprocess.PIPE,
    )
    try:
        url = site.amqp_url_by(int(tap.popen.stdout.readline()))
        with Running(contender, site, folder, settings, total, amqp_url=url) as running:
            begin = _offer(site, total, rate)
            running.wait_until_done(patience)
            wrong = running.stop(patience)
        tap.stop(signal.SIGTERM)
    finally:
        tap.kill()
        tap.popen.stdout.close()
    acknowledged = array.array("q")
    with open(file, "rb") as times:
        acknowledged.fromfile(times, total)
    missing = acknowledged.count(0)
    if missing:
        return Result([*wrong, f"{missing} events without an acknowledgement"], {})
    with open(file, "wb") as times:
        acknowledged[skipped:].tofile(times)
    return Result(wrong, _percentiles(file, begin + WARM_UP_SECONDS * 10**9, rate))


def _percentiles(file, begin, rate):
    """Milliseconds, by HdrHistogram, which only the benchmarks' own Python has."""
    command = [programs.PYTHON, "-B", programs.SOURCES / "load/percentiles.py", file, str(begin), str(rate)]
    return json.loads(subprocess.check_output(command, env=environment(), stdin=subprocess.DEVNULL))


def _offer(site, events, rate):
    """Publishes them at this rate. Returns when the first was due."""
    command = [programs.publisher(), site.amqp_url, EXCHANGE, "--count", str(events), "--rate", str(rate)]
    done = subprocess.run(command, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return int(done.stdout.split()[1])
