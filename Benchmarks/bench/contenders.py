"""Who drains: notifyd, the peers, and the limit; how each is started with what a scenario asks for."""

import dataclasses
import subprocess

from harness.processes import environment
from harness.program import notifyd_path

from . import programs
from .site import QUEUE

SPANS_PER_EVENT = 5
"""process, claim, render, send and settle."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a scenario asks of a contender. None: notifyd's own default; peers have none."""

    prefetch: int = None
    connections: int = None  # SMTP sessions, at most
    database_connections: int = 20  # of a peer's pool; notifyd and the limit need one or two
    share: float = 1  # of the scenario's events: a slow contender need not take minutes


class Peer:
    """A program that takes its settings from BENCH_… variables, and prints `consuming` once it does."""

    marker = b"consuming"
    spans_per_event = 0

    def __init__(self, name, command):
        self.name = name
        self._command = command

    def command(self):
        return self._command()

    def prepare(self, site):
        site.create_peers_table()

    def variables(self, site, amqp_url, smtp_port, settings, collector_url):
        return {
            "BENCH_AMQP_URL": amqp_url,
            "BENCH_QUEUE": QUEUE,
            "BENCH_PREFETCH": settings.prefetch,
            "BENCH_SMTP_PORT": smtp_port,
            "BENCH_SMTP_CONNECTIONS": settings.connections,
            "BENCH_DATABASE_URL": site.database_url,
            "BENCH_DATABASE_CONNECTIONS": settings.database_connections,
        }


class Notifyd:
    """The product as it is run: claims, attempts and logs; with `is_traced` all spans of all events are exported."""

    marker = b'"consuming"'

    def __init__(self, name="notifyd", is_traced=True):
        self.name = name
        self.spans_per_event = SPANS_PER_EVENT if is_traced else 0

    def command(self):
        return [notifyd_path(), "run"]

    def prepare(self, site):
        subprocess.run(
            [notifyd_path(), "migrate"],
            env=environment(NOTIFYD_DATABASE_URL=site.database_url, NOTIFYD_EMAIL_FROM="no-reply@example.com"),
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )

    def variables(self, site, amqp_url, smtp_port, settings, collector_url):
        chosen = {"NOTIFYD_RABBITMQ_PREFETCH": settings.prefetch, "NOTIFYD_SMTP_CONNECTIONS": settings.connections}
        tracing = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector_url, "OTEL_TRACES_SAMPLER": "always_on"}
        if settings.prefetch:
            # Its spans' queue has to hold what can be settled at once, twice over, and leave in batches that keep up with
            # that; docs/performance.md says so to everybody.
            tracing["OTEL_BSP_MAX_QUEUE_SIZE"] = max(2048, settings.prefetch * SPANS_PER_EVENT * 2)
            tracing["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = max(512, settings.prefetch)
        return {
            "NOTIFYD_RABBITMQ_URL": amqp_url,
            "NOTIFYD_DATABASE_URL": site.database_url,
            "NOTIFYD_EMAIL_FROM": "Payments <no-reply@example.com>",
            "NOTIFYD_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
            "NOTIFYD_LOG_FORMAT": "json",
            "NOTIFYD_HTTP_LISTEN": "127.0.0.1:0",
            **{name: value for name, value in chosen.items() if value is not None},
            **(tracing if self.spans_per_event else {}),
        }


def contenders():
    """All that are installed here, by name."""
    known = [Notifyd(), Notifyd("notifyd untraced", is_traced=False), Peer("limit", lambda: [programs.limit()])]
    if programs.has_go():
        known.append(Peer("go", lambda: [programs.go()]))
    if programs.PYTHON.exists():
        script = programs.SOURCES / "peers/python/consumer.py"
        known.append(Peer("python", lambda: [programs.PYTHON, "-B", script]))
    return {each.name: each for each in known}
