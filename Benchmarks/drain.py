#!/usr/bin/env python3
"""Drains a backlog of mixed events through a real broker, database and SMTP sink, and prints what it cost.

    make setup release && .build/python/bin/python Benchmarks/drain.py --events 20000

A run counts only if it is right: as many rows and mails as events, empty queues. All servers share the machine, so
compare the rows of one run with each other, not with another day's.
"""

import argparse
import os
import pathlib
import signal
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/Integration"))
os.environ.setdefault("NOTIFYD_TEST_PROGRAM", str(ROOT / ".build/release/notifyd"))

from harness.database import Database  # noqa: E402
from harness.deadlines import wait_until  # noqa: E402
from harness.mail_sink import MailSink  # noqa: E402
from harness.postgres import Postgres  # noqa: E402
from harness.processes import ChildProcess, environment  # noqa: E402
from harness.program import notifyd_path  # noqa: E402
from harness.publisher import Event, Publisher  # noqa: E402
from harness.rabbitmq import RabbitMQ  # noqa: E402
from harness.workspace import Workspace  # noqa: E402


def events(count, first=0):
    """Payments, failed payments, sign-ups and password resets in turn, each for a recipient of its own."""
    made = []
    for number in range(first, first + count):
        person = {"userId": f"u{number}", "email": f"user{number}@example.com", "name": "Anna Schmidt"}
        money = {"paymentId": f"p{number}", "amount": "19.99", "currency": "EUR", "locale": "de"}
        kind, data = [
            ("payment.completed", person | money),
            ("payment.failed", person | money | {"reason": "card declined"}),
            ("user.signup", person),
            ("user.password-reset", person | {"resetUrl": f"https://app.example.com/reset?token=t{number}"}),
        ][number % 4]
        made.append(Event(kind, data, message_id=f"m{number}"))
    return made


class Run:
    """One backlog drained by one daemon with these settings, and further variables of its environment."""

    def __init__(self, space, broker, postgres, name, backlog, prefetch, delay, variables=None):
        self.space, self.broker, self.postgres = space, broker, postgres
        self.name, self.backlog, self.prefetch, self.delay = name, backlog, prefetch, delay
        self.variables = variables or {}

    def measure(self):
        host = self.name.replace(" ", "-")
        self.broker.add_virtual_host(host)
        self.postgres.create_database(host.replace("-", "_"))
        folder = self.space.folder(host)
        database = self.postgres.url(host.replace("-", "_"))
        with MailSink(folder, store=False, delay=self.delay) as sink:
            variables = {
                "NOTIFYD_RABBITMQ_URL": self.broker.url(host),
                "NOTIFYD_RABBITMQ_PREFETCH": self.prefetch,
                "NOTIFYD_DATABASE_URL": database,
                "NOTIFYD_EMAIL_FROM": "Payments <no-reply@example.com>",
                "NOTIFYD_SMTP_URL": sink.url,
                "NOTIFYD_LOG_FORMAT": "json",
                **self.variables,
            }
            # Declares the topology and makes the schema, so that the backlog has a queue and the cold start none of it.
            self._daemon(folder, variables, "first").stop(signal.SIGTERM)
            with Publisher(self.broker.url(host)) as publisher:
                publisher.publish(*events(self.backlog), timeout=300)
            begin = time.monotonic()
            daemon = self._daemon(folder, variables, "drain")
            start = time.monotonic() - begin
            with Database(database) as rows:
                wait_until(
                    lambda: rows.value("SELECT count(*) FROM notifications.notification_log") >= self.backlog,
                    600,
                    lambda: daemon.log_tail(),
                )
                took = time.monotonic() - begin - start
                cpu, peak = daemon.cpu_seconds, daemon.peak_resident_bytes
                daemon.stop(signal.SIGTERM)
                mails = sink.stop()
                sent = rows.value("SELECT count(*) FROM notifications.notification_log WHERE status = 'sent'")
            left = self.broker.ready_messages("notifications.events", host)
        right = mails == sent == self.backlog and left == 0
        return {
            "start_ms": start * 1000,
            "events_per_second": self.backlog / took,
            "cpu_per_1000": cpu / self.backlog * 1000,
            "peak_mb": peak / 1e6,
            "right": right,
        }

    def _daemon(self, folder, variables, name):
        """Starts it with its log in a file, as a service would have it; waits for `consuming`."""
        log = folder / f"{name}.log"
        daemon = ChildProcess(
            [notifyd_path(), "run"], environment=environment(**variables), folder=folder, log=log
        )
        wait_until(lambda: b'"consuming"' in log.read_bytes(), 30, lambda: daemon.log_tail())
        return daemon


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=20_000)
    arguments.add_argument("--slow-events", type=int, default=4_000, help="for the sink that answers after 200 ms")
    chosen = arguments.parse_args()
    cases = [
        ("fast sink prefetch 20", chosen.events, 20, 0),
        ("fast sink prefetch 256", chosen.events, 256, 0),
        ("slow sink prefetch 20", chosen.slow_events // 10, 20, 200),
        ("slow sink prefetch 256", chosen.slow_events, 256, 200),
    ]
    print(f"{'':26}{'events/s':>10}{'CPU s/1000':>12}{'peak MB':>9}{'consuming after':>17}")
    with Workspace("notifyd-drain-") as space:
        with RabbitMQ(space.folder("rabbitmq")) as broker, Postgres(space.folder("postgres")) as postgres:
            ok = True
            for case in cases:
                result = Run(space, broker, postgres, *case).measure()
                ok = ok and result["right"]
                print(
                    f"{case[0]:26}{result['events_per_second']:10.0f}{result['cpu_per_1000']:12.3f}"
                    f"{result['peak_mb']:9.1f}{result['start_ms']:14.0f} ms"
                    + ("" if result["right"] else "   WRONG: rows, mails and queue do not agree"),
                    flush=True,
                )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
