"""`audit.keep`: past months go, what waits stays, and the role that does it needs no right on any table."""

import secrets

import pytest

from harness import Database
from helpers.events import payment, unique
from helpers.waiting import eventually

PAST = 500  # days; audit.keep is 400


@pytest.fixture
def database(world):
    with Database(world.database_url) as database:
        database.execute("SET search_path = notifications")
        database.execute("SET timezone = 'UTC'")
        yield database


def make_past_month(database):
    """The tables that a daemon of that time made."""
    for table in ("notification_log", "delivery_attempt"):
        database.execute(f"""DO $$ DECLARE first timestamptz := date_trunc('month', now() - interval '{PAST} days'); BEGIN
            EXECUTE format('CREATE TABLE {table}_past PARTITION OF {table} FOR VALUES FROM (%L) TO (%L)',
                first, first + interval '1 month'); END $$""")


def age(database, event_id, days=PAST):
    """As if all of it had happened that long ago, to the microsecond alike in every table."""
    then = database.value(f"SELECT now() - interval '{days} days'")
    database.execute("UPDATE delivery_attempt SET started_at = %s WHERE notification_id IN "
                     "(SELECT id FROM notification_log WHERE event_id = %s)", then, event_id)
    database.execute("UPDATE notification_log SET created_at = %s WHERE event_id = %s", then, event_id)
    database.execute("UPDATE event SET created_at = %s WHERE event_id = %s", then, event_id)


def tables(database):
    return {row["relname"] for row in database.rows("SELECT relname FROM pg_class WHERE relispartition")}


def sent(world, event_id=None):
    event_id = event_id or unique("evt")
    world.publish("payment.completed", payment(payment_id=event_id, email=f"{event_id}@example.com"), message_id=event_id)
    world.settled(event_id, "sent")
    return event_id


def test_a_start_drops_past_months_and_forgets_what_was_in_them(world, database):
    world.start()
    old, new = sent(world), sent(world)
    world.daemon.stop()
    make_past_month(database)
    age(database, old)
    age(database, new, days=300)
    assert {"notification_log_past", "delivery_attempt_past"} <= tables(database)

    daemon = world.start()
    line = daemon.wait_for("retention applied")
    assert line["dropped"] == "delivery_attempt_past,notification_log_past"
    assert line["events"] == 1 and line["level"] == "info"
    assert not {"notification_log_past", "delivery_attempt_past"} & tables(database)
    assert database.value("SELECT count(*) FROM event WHERE event_id = %s", old) == 0
    assert world.audit.row(new)["status"] == "sent"

    # Within audit.keep a duplicate is one; what is forgotten is new.
    world.publish("payment.completed", payment(payment_id=new, email=f"{new}@example.com"), message_id=new)
    sent(world, old)
    world.wait_until_all_is_acked()
    mails = [mail.message["Notifyd-Event-ID"] for mail in world.smtp.messages]
    assert mails.count(new) == 1 and mails.count(old) == 2


def test_replicas_that_start_together_apply_it_once(world, database):
    world.command("migrate")
    make_past_month(database)
    for _ in range(3):
        world.prepare().start(until=None)
    for daemon in world.daemons:
        daemon.wait_for("consuming", timeout=40)
    eventually(lambda: "notification_log_past" not in tables(database), lambda: "the month is dropped")
    eventually(lambda: "delivery_attempt_past" not in tables(database), lambda: "the month is dropped")
    assert not any(daemon.find("retention failed") for daemon in world.daemons)
    dropped = [line["dropped"] for daemon in world.daemons for line in daemon.find("retention applied")
               if "dropped" in line]
    assert dropped == ["delivery_attempt_past,notification_log_past"]


@pytest.fixture
def roles(world, database):
    """One that runs and one that retains, neither of them the owner; their URLs."""
    world.command("migrate")
    urls = {}
    for name in ("running", "retention"):
        role, password = f"{world.name}_{name}", secrets.token_hex(8)
        database.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
        database.execute(f"GRANT USAGE ON SCHEMA notifications TO {role}")
        urls[name] = world.database_url.replace(world.postgres.user + ":" + world.postgres.password,
                                                f"{role}:{password}")
    database.execute(f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA notifications TO {world.name}_running")
    database.execute("GRANT DELETE ON notifications.parked, notifications.quarantine, notifications.pause "
                     f"TO {world.name}_running")
    for function in ("retention_make_months(integer)", "retention_delete(interval, integer)",
                     "retention_drop_month(interval)"):
        database.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {world.name}_retention")
    yield urls
    world.daemon.stop() if world.daemons and world.daemon.process.is_running else None
    for name in urls:
        database.execute(f"DROP OWNED BY {world.name}_{name}; DROP ROLE {world.name}_{name}")


def test_a_role_that_may_only_call_the_functions_retains_and_can_do_nothing_else(world, database, roles):
    make_past_month(database)
    with Database(roles["retention"]) as retention:
        for statement in ("SELECT FROM notifications.event", "DELETE FROM notifications.notification_log",
                          "DROP TABLE notifications.notification_log_past"):
            with pytest.raises(Exception, match="permission denied|must be owner"):
                retention.execute(statement)
    settings = {"database.url": roles["running"], "database.retentionUrl": roles["retention"]}
    done, = world.command("retain", "--json", settings=settings).json()
    assert done == {"made": [], "dropped": ["delivery_attempt_past", "notification_log_past"], "deleted": {}}
    said = world.command("retain", settings=settings).output
    assert said == "nothing is older than audit.keep, and the coming months have their tables\n"
    checked = world.command("check", settings={**settings, "database.migrate": "false"}).output
    assert f"audit.keep: run applies it daily as {world.name}_retention" in checked
    assert "audit log: tables for the next" in checked


def test_a_role_that_runs_cannot_retain_says_so_and_delivers(world, database, roles):
    make_past_month(database)
    settings = {"database.url": roles["running"], "database.migrate": "false"}
    outcome = world.command("retain", settings=settings, status=1)
    assert f"the role {world.name}_running may not apply audit.keep" in outcome.errors
    daemon = world.start(settings)
    line = daemon.wait_for("retention is left to others")
    assert line["level"] == "notice" and line["role"] == f"{world.name}_running"
    sent(world)
    assert "notification_log_past" in tables(database)
    checked = world.command("check", settings=settings).output
    assert f"the role {world.name}_running may not apply it" in checked


def test_retain_is_refused_while_it_runs_elsewhere(world, database):
    world.command("migrate")
    database.execute("SELECT pg_advisory_lock(x'6b656570'::int4, hashtext('notifications'))")
    assert "it runs already" in world.command("retain", status=1).errors
    database.execute("SELECT pg_advisory_unlock_all()")
    world.command("retain")


def test_a_table_that_is_held_is_not_waited_for(world, database):
    world.command("migrate")
    make_past_month(database)
    database.execute("BEGIN; SELECT FROM notifications.delivery_attempt")
    outcome = world.command("retain", status=1)
    assert "55P03" in outcome.errors and len(outcome.errors.splitlines()) == 1
    database.execute("COMMIT")
    world.command("retain")
    assert "delivery_attempt_past" not in tables(database)
