"""Servers that go away, and how a test sees that the daemon bore it."""

import collections
import contextlib

import psycopg2

from .events import payment, unique
from .waiting import eventually


def through(url, proxy):
    """The same URL by way of the proxy."""
    return url.replace(f":{proxy.target}/", f":{proxy.port}/")


def emails(count):
    """Emails to an address of its own each."""
    ids = [unique("evt") for _ in range(count)]
    return [("payment.completed", payment(event_id, email=f"{event_id}@example.com"), event_id) for event_id in ids]


def mailed(world):
    """How often each event was mailed."""
    return collections.Counter(mail.message["Notifyd-Event-ID"] for mail in list(world.smtp.messages))


def wait_until_each_is_sent_once(world, events, within=30):
    """Nothing lost, nothing doubled."""
    eventually(lambda: world.audit.statuses() == {"sent": len(events)},
               lambda: f"{len(events)} rows `sent`: {world.audit.statuses()}, {world.audit.count('parked')} parked\n"
                       f"{world.daemon.tail()}", within=within)
    assert mailed(world) == {event_id: 1 for _, _, event_id in events}, "each was mailed once"
    assert world.audit.count("notification_log", resend_count=0) == len(events), "and no row says it was sent again"
    assert world.audit.count("parked") == 0 and world.audit.count("dead_letter") == 0


def check_each_once(world, events):
    """Nothing lost, nothing doubled; the daemon ends in order and leaves nothing in a queue."""
    wait_until_each_is_sent_once(world, events)
    assert world.daemon.stop() == 0
    # What was not acknowledged would be back now. Cheaper than to ask for unacknowledged messages by rabbitmqctl.
    assert world.queue_depth() == 0 and world.dead_queue_depth() == 0


@contextlib.contextmanager
def locked(world, sql):
    """What another session holds back with its lock, until it commits at the end; gives that session."""
    connection = psycopg2.connect(world.database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
        yield connection
        connection.commit()
    finally:
        connection.close()


def waits_for_lock(database):
    """The server's processes that work for the daemon and wait for a lock."""
    rows = database.rows("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'notifyd/%' "
                         "AND datname = current_database() AND wait_event_type = 'Lock'")
    return [row["pid"] for row in rows]
