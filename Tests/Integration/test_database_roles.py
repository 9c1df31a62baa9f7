"""Roles of deploy/postgres/roles.sql: each can do its work, and nothing beside it (docs/database-roles.md)."""

import psycopg2
import pytest

from harness import Answer, Database
from helpers.audit import Audit
from helpers.events import payment, signup
from helpers.roles import Roles
from helpers.waiting import eventually

UNTOUCHABLE = ("notification_log", "delivery_attempt", "operator_action")


@pytest.fixture
def roles(world):
    """They are there, and may log in; nothing was migrated yet."""
    roles = Roles(world.postgres.url(), world.name)
    assert "notifyd migrate" in roles.apply()
    roles.let_in()
    yield roles
    for daemon in world.daemons:
        daemon.__exit__()
    world.audit.close()
    roles.close()


@pytest.fixture
def ready(world, roles):
    """The schema is there, and everybody has their rights: the second run needs no superuser."""
    world.command("migrate", settings=urls(roles, "migrate"))
    assert "have their rights" in roles.apply("migrate")
    return roles


def urls(roles, role="run"):
    return {"database.url": roles.url(role), "database.migrationUrl": roles.url("migrate")}


def operate(world, roles, *arguments, **options):
    return world.command(*arguments, settings={"database.url": roles.url("operate")}, **options)


def audit(roles, role="audit"):
    return Audit(roles.url(role))


def denied(url, sql):
    """The server refuses it for want of rights, whatever else would be wrong with it."""
    with Database(url) as database:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            database.execute(sql)


# What the daemon does


def test_every_way_of_an_event_goes_with_the_running_role(world, ready):
    """Sent, retried, failed, rejected, of an unknown type, paused, uncertain; contacts; operators beside it."""
    world.start({**urls(ready), "sms.providers": "twilio", "retry.delays": "100ms", "smtp.answerTimeout": "5s"})
    ids = {}
    ids["sent"] = world.publish("payment.completed", payment(email="a@example.com"))
    world.settled(ids["sent"], "sent")

    world.smtp.answer("rcpt", "451 4.3.0 later", times=1, recipient="later@example.com")
    ids["retried"] = world.publish("payment.completed", payment(email="later@example.com"))
    world.settled(ids["retried"], "sent")

    world.smtp.answer("rcpt", "550 5.1.1 nobody", recipient="nobody@example.com")
    ids["failed"] = world.publish("payment.completed", payment(email="nobody@example.com"))
    world.settled(ids["failed"], "failed")

    ids["rejected"] = world.publish_raw("payment.completed", b"no json")
    world.settled(ids["rejected"], "rejected")
    eventually(lambda: world.audit.count("dead_letter") == 2, "both dead letters are kept")

    world.bind("order.shipped")
    ids["unknown"] = world.publish("order.shipped", {"userId": "u1"})
    world.settled(ids["unknown"], "failed")

    world.publish("user.signup", signup("known", "known@example.com"))
    eventually(lambda: world.audit.contact("known"), "the contact is kept")
    ids["from contacts"] = world.publish("payment.completed", payment("known"))
    world.settled(ids["from contacts"], "sent")
    world.publish("user.deleted", {"userId": "known"})
    eventually(lambda: world.audit.contact("known")["email"] is None, "the contact is forgotten")

    # An event without an id, which is looked up and marked in tables of its own.
    world.publish_raw("payment.completed", b'{"paymentId":"p-anonymous","userId":"u1","amount":"1","currency":"EUR",'
                                           b'"email":"anonymous@example.com"}', message_id=None)
    eventually(lambda: world.audit.count("notification_log", dedupe_key="paymentId:p-anonymous", status="sent"),
               "the event without an id is sent")

    world.twilio.answer("+4915112345678", Answer(close=True))
    ids["uncertain"] = world.publish("payment.completed", payment(phone="+4915112345678"))
    world.settled(ids["uncertain"], "uncertain")

    world.twilio.answer("+4915187654321", Answer(400, 21610))
    ids["stopped"] = world.publish("payment.completed", payment(phone="+4915187654321"))
    world.settled(ids["stopped"], "suppressed")

    operate(world, ready, "pause", "--channel", "email", "--reason", "test")
    eventually(lambda: world.daemon.find("paused") or world.audit.count("pause") == 1, "the pause is there")
    ids["paused"] = world.publish("payment.completed", payment(email="p@example.com"))

    def is_paused_or_sent():
        row = world.audit.row(ids["paused"])
        return row and row["status"] in ("paused", "sent")

    eventually(is_paused_or_sent, "it is decided")
    operate(world, ready, "resume", "--channel", "email")
    world.settled(ids["paused"], "sent")
    assert not [line for line in world.daemon.lines if "42501" in str(line)], "nothing was refused to it"
    assert world.daemon.stop() == 0


def test_operators_work_with_their_own_role(world, ready):
    world.start({**urls(ready), "sms.providers": "twilio", "retry.delays": "100ms"})
    world.smtp.answer("rcpt", "550 5.1.1 nobody")
    first, second = (world.publish("payment.completed", payment(email=f"{name}@example.com")) for name in "ab")
    for event_id in (first, second):
        world.settled(event_id, "failed")
    world.twilio.answer("+4915112345678", Answer(close=True))
    open_one = world.publish("payment.completed", payment(phone="+4915112345678"))
    world.settled(open_one, "uncertain")
    world.smtp.answer("rcpt", None)

    dead = {row["event_id"]: row["id"] for row in world.audit.dead_letters()}
    assert str(dead[first]) in operate(world, ready, "dlq", "list").output
    operate(world, ready, "dlq", "show", dead[first], "--reveal")
    operate(world, ready, "dlq", "replay", dead[first])
    world.settled(first, "sent")
    operate(world, ready, "dlq", "drop", dead[second], "--yes")
    assert world.audit.dead_letters(event_id=second) == []

    [held] = world.audit.parked(hold="uncertain")
    operate(world, ready, "uncertain", "list")
    operate(world, ready, "uncertain", "resolve", held["notification_id"], "--sent")
    world.settled(open_one, "sent")

    (world.folder / "people.csv").write_text("userId,email\nu77,u77@example.com\n")
    operate(world, ready, "contact", "import", world.folder / "people.csv")
    assert "u***@example.com" in operate(world, ready, "contact", "show", "u77").output
    operate(world, ready, "contact", "forget", "u77")
    assert world.audit.contact("u77")["email"] is None

    assert first in operate(world, ready, "log", "--event", first).output
    assert "replay" in operate(world, ready, "why", first).output
    done = [row["action"] for row in world.audit.operator_actions()]
    assert {"replay", "drop", "forget"} <= set(done) and len(done) >= 5, done


def test_without_migrating_the_daemon_runs_on_what_is_there(world, ready):
    world.start({"database.url": ready.url("run"), "database.migrate": "false"})
    world.settled(world.publish("payment.completed", payment(email="a@example.com")), "sent")


def test_a_first_start_migrates_and_waits_for_its_rights(world, roles):
    """Whoever forgets the second run is told what is missing, and nothing is lost."""
    world.prepare(urls(roles)).start(until=None)
    line = eventually(lambda: next((line for line in world.daemon.lines if "42501" in line.get("error", "")), None),
                      lambda: f"it says what it may not\n{world.daemon.tail()}")
    assert "permission denied" in line["error"]
    roles.apply("migrate")
    world.daemon.wait_for("consuming", timeout=40)
    world.settled(world.publish("payment.completed", payment(email="a@example.com")), "sent")


def test_months_made_later_need_no_rights_of_their_own(world, ready):
    """Postgres asks for rights on the parent only."""
    with Database(ready.url("migrate")) as database:
        months = [row["name"] for row in database.rows(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent IN "
            "('notifications.notification_log'::regclass, 'notifications.delivery_attempt'::regclass)")]
        for name in months:
            database.execute(f"DROP TABLE {name}")
        for parent, key in (("notification_log", "created_at"), ("delivery_attempt", "started_at")):
            database.execute(f"CREATE TABLE notifications.later_{parent} PARTITION OF notifications.{parent} DEFAULT")
    world.start(urls(ready))
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    world.settled(event_id, "sent")
    assert audit(ready).row(event_id)["status"] == "sent"
    denied(ready.url("run"), "DELETE FROM notifications.later_notification_log")
    denied(ready.url("run"), "SELECT FROM notifications.later_notification_log")


def test_a_schema_that_one_role_made_is_taken_over(world, roles):
    """An installation from before there were roles: everything belongs to whoever ran it."""
    world.command("migrate")
    roles.apply()
    with Database(world.database_url) as database:
        owners = database.rows("SELECT DISTINCT pg_get_userbyid(relowner) AS name FROM pg_class "
                               "WHERE relnamespace = 'notifications'::regnamespace")
    assert owners == [{"name": roles.name("migrate")}]
    world.start(urls(roles))
    world.settled(world.publish("payment.completed", payment(email="a@example.com")), "sent")


# What they may not


DDL = ("CREATE TABLE notifications.mine (id integer)", "CREATE TABLE public.mine (id integer)",
       "CREATE SCHEMA mine", "ALTER TABLE notifications.event ADD COLUMN mine integer",
       "DROP TABLE notifications.quarantine", "CREATE INDEX ON notifications.event (recipient_id)",
       "CREATE FUNCTION notifications.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
       "ALTER TABLE notifications.notification_log DETACH PARTITION notifications.notification_log_default",
       "ALTER TABLE notifications.notification_log DISABLE TRIGGER ALL")


@pytest.mark.parametrize("role", ["run", "operate", "audit", "retain"])
def test_nobody_but_the_migrating_role_changes_the_schema(ready, role):
    for sql in DDL:
        denied(ready.url(role), sql)


@pytest.mark.parametrize("role", ["run", "operate", "audit", "retain"])
def test_nobody_deletes_what_was_done(ready, role):
    for table in UNTOUCHABLE:
        denied(ready.url(role), f"DELETE FROM notifications.{table}")
        denied(ready.url(role), f"TRUNCATE notifications.{table}")
    for table in ("delivery_attempt", "operator_action"):
        denied(ready.url(role), f"UPDATE notifications.{table} SET error = ''" if table == "delivery_attempt"
               else "UPDATE notifications.operator_action SET who = ''")
    denied(ready.url(role), "DELETE FROM notifications.notification_log_default")
    denied(ready.url(role), "DELETE FROM notifications.event")
    denied(ready.url(role), "UPDATE notifications.setting SET value = ''")
    denied(ready.url(role), "UPDATE notifications.schema_migration SET version = 1")


def test_the_running_role_decides_nothing_that_is_an_operators(ready):
    for sql in ("DELETE FROM notifications.dead_letter", "DELETE FROM notifications.contact",
                "INSERT INTO notifications.pause (who) VALUES ('x')", "DELETE FROM notifications.pause",
                "INSERT INTO notifications.operator_action (who, action, count) VALUES ('x', 'x', 1)",
                "SELECT FROM notifications.operator_action"):
        denied(ready.url("run"), sql)


def test_the_auditing_role_reads_what_was_done_and_no_body_no_address_no_key(world, ready):
    world.start({**urls(ready), "retry.delays": "1h"})
    world.smtp.answer("rcpt", "550 5.1.1 nobody", recipient="nobody@example.com")
    world.smtp.answer("rcpt", "451 4.3.0 later", recipient="later@example.com")
    failed = world.publish("payment.completed", payment(email="nobody@example.com"))
    waiting = world.publish("payment.completed", payment("u2", email="later@example.com"))
    world.settled(failed, "failed")
    world.settled(waiting, "retrying")
    world.publish("user.signup", signup("u3", "u3@example.com"))
    eventually(lambda: world.audit.contact("u3"), "the contact is kept")

    log = audit(ready)
    row = log.row(failed)
    assert row["status"] == "failed" and row["address_masked"] == "n***@example.com"
    assert log.attempts(row["id"])[0]["error_code"] == "smtp.550"
    assert log.query("SELECT hold, due_at FROM notifications.parked")[0]["hold"] == "due"
    assert log.query("SELECT reason, error_code FROM notifications.dead_letter")[0]["error_code"] == "smtp.550"
    assert log.query("SELECT recipient_id, opt_out FROM notifications.contact WHERE recipient_id = 'u3'")
    log.close()
    url = ready.url("audit")
    for table, columns in {"parked": ("body", "headers"), "dead_letter": ("body", "headers"),
                           "contact": ("email", "phone", "name"), "setting": ("value",),
                           "suppression": ("address_hash",), "quarantine": ("message_sha256",)}.items():
        for column in columns:
            denied(url, f"SELECT {column} FROM notifications.{table}")
    for table in ("parked", "dead_letter", "contact"):
        denied(url, f"SELECT * FROM notifications.{table}")
    for sql in ("INSERT INTO notifications.operator_action (who, action, count) VALUES ('x', 'x', 1)",
                "UPDATE notifications.notification_log SET status = 'sent'",
                "UPDATE notifications.event SET claims = 0", "SELECT FROM notifications.event FOR UPDATE"):
        denied(url, sql)

    settings = {"database.url": url}
    assert failed in world.command("log", "--event", failed, settings=settings).output
    assert "smtp.550" in world.command("dlq", "list", "--by", "reason", settings=settings).output
    outcome = world.command("dlq", "list", settings=settings, status=1)
    assert "permission denied for table dead_letter" in outcome.errors and len(outcome.errors.splitlines()) == 1


def test_the_script_narrows_what_was_given_beside_it(ready):
    with Database(ready.url("migrate")) as database:
        database.execute(f"GRANT DELETE ON notifications.notification_log TO {ready.name('run')}")
        database.execute("GRANT SELECT ON notifications.dead_letter TO PUBLIC")
    ready.apply("migrate")
    denied(ready.url("run"), "DELETE FROM notifications.notification_log")
    denied(ready.url("audit"), "SELECT body FROM notifications.dead_letter")


def test_it_may_be_run_while_notifyd_runs(world, ready):
    """No moment without rights: it is one transaction."""
    world.start(urls(ready))
    ids = [world.publish("payment.completed", payment(email=f"a{number}@example.com")) for number in range(30)]
    for _ in range(3):
        ready.apply("migrate")
    for event_id in ids:
        world.settled(event_id, "sent")
    assert not [line for line in world.daemon.lines if "42501" in str(line)]


def test_another_schema_and_another_prefix(world):
    roles = Roles(world.postgres.url(), world.name, schema="other")
    roles.apply()
    roles.let_in()
    try:
        settings = {**urls(roles), "database.schema": roles.schema}
        world.command("migrate", settings=settings)
        roles.apply("migrate")
        denied(roles.url("run"), "DELETE FROM other.notification_log")
        world.start(settings)
    finally:
        for daemon in world.daemons:
            daemon.__exit__()
        world.audit.close()
        roles.close()
