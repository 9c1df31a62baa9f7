"""A fresh queue and a fresh database for one run, on servers that all runs share."""

import itertools
import subprocess
import urllib.parse

import pika

from harness.database import Database
from harness.processes import environment

from . import programs

EXCHANGE = "domain-events"
QUEUE = "notifications.events"
TYPES = ("payment.completed", "payment.failed", "user.signup", "user.password-reset")

# What notifyd declares itself; here it is declared for everybody, so that each drains the same queue.
_DEAD_LETTERS = {"x-dead-letter-exchange": "dlx", "x-dead-letter-routing-key": QUEUE}
_ARGUMENTS = {
    "x-queue-type": "quorum",
    "x-delivery-limit": 50,
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
    **_DEAD_LETTERS,
}

POSTGRES_SETTINGS = {
    "max_connections": 100,
    "shared_buffers": "512MB",
    "synchronous_commit": "on",
    # No run is to meet a checkpoint that another one's rows have earned.
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
}
"""The server's, the same for all; it is durable: fsync and full_page_writes are on."""

_numbers = itertools.count(1)


class Site:
    """Where one contender works in one run."""

    def __init__(self, broker, postgres, virtual_host="/"):
        self._broker, self._postgres, self._virtual_host = broker, postgres, virtual_host
        self.amqp_url = broker.url(virtual_host)
        self._name = f"bench_{next(_numbers)}"
        self.database_url = postgres.create_database(self._name) + "?sslmode=disable"
        self._rows = Database(self.database_url)
        self._declare()
        self._rows.execute("CHECKPOINT")

    def publish(self, events):
        """Fills the queue; returns when the broker has confirmed all."""
        command = [programs.publisher(), self.amqp_url, EXCHANGE, "--count", str(events)]
        done = subprocess.run(command, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def amqp_url_by(self, port):
        """The same broker through a proxy on this port."""
        parts = urllib.parse.urlsplit(self.amqp_url)
        return parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl()

    @property
    def broker_port(self):
        return self._broker.port

    def create_peers_table(self):
        """The table that the peers write, which need no other: notifyd makes its own."""
        self._rows.execute("CREATE SCHEMA notifications")
        self._rows.execute(
            "CREATE TABLE notifications.notification_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
            "event_id text NOT NULL, event_type text NOT NULL, recipient_id text NOT NULL, address text NOT NULL, "
            "channel text NOT NULL, status text NOT NULL, provider text NOT NULL, "
            "created_at timestamptz NOT NULL DEFAULT now())"
        )

    def row_count(self):
        return self._rows.value("SELECT count(*) FROM notifications.notification_log")

    def sent_events(self):
        """How many different events have a row that says sent."""
        return self._rows.value(
            "SELECT count(DISTINCT event_id) FROM notifications.notification_log WHERE status = 'sent'"
        )

    def left(self):
        """How many messages the queues hold, waiting or not acknowledged, half a second ago."""
        return sum(queue["messages"] for queue in self._broker.queues(self._virtual_host).values())

    def servers_cpu_seconds(self):
        """Processor time of RabbitMQ and of Postgres so far."""
        return self._broker.cpu_seconds, self._postgres.cpu_seconds

    def close(self):
        self._rows.close()
        with Database(self._postgres.url()) as database:
            database.execute(f'DROP DATABASE "{self._name}" WITH (FORCE)')

    def _declare(self):
        connection = pika.BlockingConnection(pika.URLParameters(self.amqp_url))
        channel = connection.channel()
        channel.exchange_declare(EXCHANGE, "topic", durable=True)
        channel.exchange_declare("dlx", "topic", durable=True)
        for name, arguments in (
            (QUEUE, _ARGUMENTS),
            (f"{QUEUE}.dead", {"x-queue-type": "quorum", "x-delivery-limit": 2147483647}),
        ):
            channel.queue_delete(name)
            channel.queue_declare(name, durable=True, arguments=arguments)
        channel.queue_bind(f"{QUEUE}.dead", "dlx", QUEUE)
        for each in TYPES:
            channel.queue_bind(QUEUE, EXCHANGE, each)
        connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
