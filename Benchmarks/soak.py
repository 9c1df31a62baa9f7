#!/usr/bin/env python3
"""Keeps the daemon at full load for some minutes, and prints how its memory goes.

    make setup release && .build/python/bin/python Benchmarks/soak.py --minutes 10

The queue is never empty until the end; then a run counts only if there are as many rows and mails as events.
"""

import argparse
import signal
import sys
import time

from drain import events

from harness.database import Database
from harness.deadlines import wait_until
from harness.mail_sink import MailSink
from harness.postgres import Postgres
from harness.processes import ChildProcess, environment
from harness.program import notifyd_path
from harness.publisher import Publisher
from harness.rabbitmq import RabbitMQ
from harness.workspace import Workspace

BATCH = 4_000
"""Published at a time, as soon as fewer than this are left."""


class Soak:
    """One daemon, a sink that answers at once, and a publisher that keeps ahead of them."""

    def __init__(self, minutes, space, broker, postgres):
        self.minutes, self.space, self.broker = minutes, space, broker
        broker.add_virtual_host("soak")
        postgres.create_database("soak")
        self.database = postgres.url("soak")

    def run(self):
        folder = self.space.folder("soak")
        with MailSink(folder, store=False) as sink:
            daemon = self._daemon(folder, sink)
            with Publisher(self.broker.url("soak")) as publisher, Database(self.database) as rows:
                published = self._load(publisher, rows, daemon)
                wait_until(lambda: self._settled(rows) >= published, 600, daemon.log_tail)
                self._tell(published, published, daemon)
                daemon.stop(signal.SIGTERM)
            mails = sink.stop()
        print(f"{published} events, {mails} mails")
        return mails == published

    def _load(self, publisher, rows, daemon):
        """Publishes until the time is over, and returns how many events that were."""
        begin = told = time.monotonic()
        published = 0
        while time.monotonic() - begin < self.minutes * 60:
            settled = self._about_settled(rows)
            if published - settled < BATCH:
                publisher.publish(*events(BATCH, first=published), timeout=300)
                published += BATCH
            if time.monotonic() >= told:
                self._tell(published, settled, daemon)
                told += 60
            time.sleep(0.05)
        return published

    def _settled(self, rows):
        return rows.value("SELECT count(*) FROM notifications.notification_log")

    def _about_settled(self, rows):
        """By the server's statistics, up to a second old: to count a million rows again and again would be a load."""
        return int(rows.value("SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_user_tables "
                              "WHERE relname LIKE 'notification_log_%'"))

    def _tell(self, published, settled, daemon):
        resident = daemon.resident_bytes / 1e6
        print(f"{settled:>10} settled {published - settled:>6} waiting {resident:>8.1f} MB", flush=True)

    def _daemon(self, folder, sink):
        variables = {
            "NOTIFYD_RABBITMQ_URL": self.broker.url("soak"),
            "NOTIFYD_DATABASE_URL": self.database,
            "NOTIFYD_EMAIL_FROM": "Payments <no-reply@example.com>",
            "NOTIFYD_SMTP_URL": sink.url,
            "NOTIFYD_LOG_LEVEL": "warning,broker=info",
            "NOTIFYD_LOG_FORMAT": "json",
        }
        log = folder / "soak.log"
        daemon = ChildProcess([notifyd_path(), "run"], environment=environment(**variables), folder=folder, log=log)
        wait_until(lambda: b'"consuming"' in log.read_bytes(), 30, lambda: daemon.log_tail())
        return daemon


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=10)
    chosen = arguments.parse_args()
    with Workspace("notifyd-soak-") as space:
        with RabbitMQ(space.folder("rabbitmq")) as broker, Postgres(space.folder("postgres")) as postgres:
            return 0 if Soak(chosen.minutes, space, broker, postgres).run() else 1


if __name__ == "__main__":
    sys.exit(main())
