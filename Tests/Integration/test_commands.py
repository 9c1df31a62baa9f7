"""Every command as a user types it (contract section 1)."""

import email
import email.policy
import json
import os
import pathlib
import re
import signal
import time

import pytest

import harness
from harness.processes import environment
from harness.program import notifyd_path
from helpers.events import payment, signup, unique
from helpers.mails import html, plain
from helpers.waiting import eventually

COMMANDS = ["run", "check", "config", "migrate", "publish", "render", "log", "why", "dlq", "dlq list", "dlq show",
            "dlq replay", "dlq drop", "uncertain", "uncertain list", "uncertain resolve", "pause", "resume", "contact",
            "contact import", "contact show", "contact forget"]


NO_SENDER = {"NOTIFYD_EMAIL_PROVIDERS": "file"}


def bare(*arguments, status=0, variables=None, **options):
    """A command without a server and without a sender's address."""
    outcome = harness.notifyd(*arguments, variables=NO_SENDER if variables is None else variables, **options)
    assert outcome.status == status, f"{arguments}: {outcome}"
    return outcome


def one_line(text):
    """Standard error of a command that failed: one line, no stack trace."""
    lines = text.splitlines()
    assert len(lines) == 1, f"one line on standard error expected: {text}"
    return lines[0]


def test_bare_notifyd_shows_help():
    outcome = bare()
    for command in {command.split()[0] for command in COMMANDS}:
        assert re.search(rf"^  {command}\b", outcome.output, re.MULTILINE), f"{command} is not in the help"
    assert outcome.errors == ""


def test_version_is_a_version():
    assert re.fullmatch(r"(notifyd )?\d+\.\d+\.\d+\S*\n", bare("--version").output)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_usage_an_example_and_the_common_options(command):
    outcome = bare(*command.split(), "--help")
    assert "USAGE: notifyd " + command in outcome.output
    assert "EXAMPLE" in outcome.output and "notifyd " + command.split()[0] in outcome.output
    if command not in ("dlq", "uncertain", "contact"):
        assert "--config" in outcome.output and "--json" in outcome.output


@pytest.mark.parametrize("arguments", [["--colour"], ["run", "--fast"], ["publish"], ["send"], ["dlq", "show", "seven"],
                                       ["publish", "payment.completed"], ["render"], ["log", "--since", "yesterday"],
                                       ["publish", "payment.completed", "--sample", "--count", "0"],
                                       ["check", "--offline", "extra"]])
def test_wrong_usage_is_64_and_one_line_that_says_where_help_is(arguments):
    outcome = bare(*arguments, status=64)
    assert outcome.output == ""
    assert "--help" in one_line(outcome.errors) or "help" in outcome.errors


# check


def test_check_says_that_all_is_well(world):
    outcome = world.command("check", settings={"sms.providers": "file", "file.path": world.folder / "outbox"})
    lines = outcome.output.splitlines()
    for component in ("configuration", "catalogue", "broker", "database", "smtp", "file"):
        assert any(line.startswith(component) for line in lines), f"no line of {component}: {outcome.output}"
    assert any(line.startswith("configuration") and "warning" in line and "storage.key" in line for line in lines)
    assert any(line.startswith("configuration") and "warning" in line and "links.hosts" in line for line in lines)
    assert outcome.errors == ""
    assert world.smtp.messages == [], "nothing is sent"
    assert world.audit.query("SELECT 1 FROM pg_namespace WHERE nspname = 'notifications'") == [], "nothing is changed"


def test_check_after_run_says_so_too_and_in_json_a_line_each(world):
    world.start()
    rows = world.command("check", "--json").json()
    assert {row["component"] for row in rows} >= {"configuration", "catalogue", "broker", "database", "smtp"}
    assert {row["state"] for row in rows} <= {"ok", "warning"}


@pytest.mark.parametrize("key, value, component", [
    ("rabbitmq.url", "amqp://guest:Hidden-Pw@127.0.0.1:1/%2F", "broker"),
    ("database.url", "postgres://u:Hidden-Pw@127.0.0.1:1/notify", "database"),
    ("smtp.url", "smtp://127.0.0.1:1", "smtp"),
])
def test_check_is_69_when_a_server_is_away_and_still_asks_the_others(world, key, value, component):
    outcome = world.command("check", settings={key: value}, status=69)
    lines = outcome.output.splitlines()
    assert any(line.startswith(component) and "unreachable" in line for line in lines), outcome.output
    for other in {"broker", "database", "smtp"} - {component}:
        assert any(line.startswith(other) and " ok " in line for line in lines), f"{other}: {outcome.output}"
    assert component in one_line(outcome.errors)
    assert "Hidden-Pw" not in outcome.output + outcome.errors


@pytest.mark.parametrize("trouble, words", [("password", "ACCESS_REFUSED"), ("virtual host", "NOT_ALLOWED")])
def test_a_broker_that_refuses_the_login_has_answered_so_it_is_1(world, trouble, words):
    """Contract section 1: 69 is a server that is not reachable."""
    url = {"password": world.broker.url().replace(world.broker.password, "Hidden-Pw"),
           "virtual host": world.broker.url("nobody-made-it")}[trouble]
    outcome = world.command("check", settings={"rabbitmq.url": url}, status=1)
    line = next(line for line in outcome.output.splitlines() if line.startswith("broker"))
    assert " failed " in line and words in line, line
    failure = one_line(world.command("publish", "payment.completed", "--sample", status=1,
                                     settings={"rabbitmq.url": url}).errors)
    assert failure.startswith("notifyd: broker: ") and words in failure
    assert "Hidden-Pw" not in outcome.output + outcome.errors + failure


def test_check_of_a_stand_in_for_twilio_that_takes_messages_only_is_well_and_says_what_it_left_out(world):
    outcome = world.command("check", settings={"sms.providers": "twilio"})
    line = next(line for line in outcome.output.splitlines() if line.startswith("twilio"))
    assert " ok " in line and "login not checked (HTTP 501)" in line, line


def test_check_is_78_when_the_configuration_is_wrong(world):
    outcome = world.command("check", settings={"rabbitmq.prefetch": "many"}, status=78)
    assert "NOTIFYD_RABBITMQ_PREFETCH" in one_line(outcome.errors) and "many" in outcome.errors


def test_check_offline_asks_no_server():
    outcome = bare("check", "--offline", variables={"NOTIFYD_EMAIL_PROVIDERS": "file",
                                                    "NOTIFYD_RABBITMQ_URL": "amqp://127.0.0.1:1/"})
    assert "catalogue" in outcome.output and "broker" not in outcome.output


def test_check_offline_finds_every_mistake_of_a_catalogue(catalogue):
    folder = catalogue / "order.shipped"
    (folder / "samples").mkdir(parents=True)
    (folder / "notification.yaml").write_text(
        "description: x\ncategory: service\nchannels: [email, sms]\ndeliver: preferred\n"
        "fields: {orderId: id, userId: id, carrier: text?}\n")
    (folder / "email.en.md").write_text('---\nsubject: "{{{orderId}}}"\n---\nHello {{carrier}}\n')
    (folder / "sms.en.txt").write_text("{{carrier}}\n")
    (folder / "samples" / "default.json").write_text('{"orderId": "1", "userId": "2", "email": "a@example.com"}')
    outcome = bare("check", "--offline", status=78, variables={"NOTIFYD_EMAIL_PROVIDERS": "file",
                                                               "NOTIFYD_CATALOGUE_PATH": str(catalogue)})
    assert "email.en.md" in outcome.output and one_line(outcome.errors)
    (folder / "email.en.md").write_text('---\nsubject: "{{orderId}}"\n---\nHello {{carrier}}\n')
    outcome = bare("check", "--offline", status=78, variables={"NOTIFYD_EMAIL_PROVIDERS": "file",
                                                               "NOTIFYD_CATALOGUE_PATH": str(catalogue)})
    assert "carrier" in outcome.output, "a variable that nothing guards and the sample lacks"


@pytest.mark.parametrize("files", [
    {"payment.completed/sms.en.txt": "Paid: {{amount}}\n"},
    {"_shared/layout.txt.mustache": "{{content}}\n-- \nOurCo\n"},
    {"payment.completed/notification.yaml":
     "category: transactional\nchannels: [email]\n"
     "fields: {paymentId: id, userId: id, amount: money(currency), currency: currency, note: text?}\n",
     "payment.completed/email.en.md": '---\nsubject: "Paid"\n---\nWe received {{amount}}.\n'},
])
def test_check_offline_takes_what_overrides_a_built_in_message(catalogue, files):
    for name, text in files.items():
        (catalogue / name).parent.mkdir(exist_ok=True)
        (catalogue / name).write_text(text)
    bare("check", "--offline", variables=NO_SENDER | {"NOTIFYD_CATALOGUE_PATH": str(catalogue)})


def test_run_with_a_wrong_catalogue_is_78_and_a_line_for_each_mistake(world, catalogue):
    for name in ("a.one", "b.two"):
        (catalogue / name).mkdir()
        (catalogue / name / "notification.yaml").write_text("category: nonsense\nchannels: [pigeon]\n")
    outcome = world.command("run", settings={"catalogue.path": catalogue}, status=78)
    lines = outcome.errors.splitlines()
    assert len(lines) >= 2 and not any("\\n" in line for line in lines), outcome.errors
    assert all("a.one" in line or "b.two" in line for line in lines)


# migrate


def test_migrate_makes_the_schema_once(world):
    first = world.command("migrate")
    assert "notifications" in first.output
    assert world.audit.query("SELECT version FROM notifications.schema_migration")
    assert "up to date" in world.command("migrate").output
    world.start({"database.migrate": "false"})
    world.settled(world.publish("payment.completed", payment(email="a@example.com")), "sent")


def test_migrate_print_prints_sql_that_makes_the_same_schema_and_changes_nothing(world):
    printed = world.command("migrate", "--print").output
    assert world.audit.query("SELECT 1 FROM pg_namespace WHERE nspname = 'notifications'") == []
    other = world.postgres.create_database(world.name + "_printed")
    with harness.Database(other) as database:
        database.execute(printed)
        made = shape(database)
    world.command("migrate")
    with harness.Database(world.database_url) as database:
        assert shape(database) == made


def shape(database):
    """Tables and columns of the schema."""
    return database.rows("SELECT table_name, column_name, data_type FROM information_schema.columns"
                         " WHERE table_schema = 'notifications' ORDER BY 1, 2")


def test_many_replicas_may_migrate_at_once(world):
    daemons = [world.prepare() for _ in range(4)]
    for daemon in daemons:
        daemon.start(until=None)
    for daemon in daemons:
        daemon.wait_for("consuming", timeout=30)
    assert len(world.audit.query("SELECT version FROM notifications.schema_migration")) >= 1


def test_migrate_with_the_database_away_is_69(world):
    outcome = world.command("migrate", settings={"database.url": "postgres://127.0.0.1:1/notify"}, status=69)
    assert "database" in one_line(outcome.errors)


@pytest.mark.parametrize("arguments", [["render", "payment.completed"], ["render", "payment.completed", "--eml"],
                                       ["migrate", "--print"]])
def test_what_sends_nothing_needs_no_sender(arguments):
    assert bare(*arguments, variables={}).output


@pytest.mark.parametrize("arguments", [["check", "--offline"], ["run"], ["migrate"]])
def test_everything_else_needs_a_sender(arguments):
    assert "email.from" in one_line(bare(*arguments, variables={}, status=78).errors)


# publish


def test_published_data_arrives_as_it_is(world):
    world.start()
    outcome = world.command("publish", "payment.completed", "--data", json.dumps(payment(email="a@example.com")))
    message_id = re.search(r"message_id (\S+)", outcome.output)[1]
    world.settled(message_id, "sent")
    path = world.folder / "event.json"
    path.write_text(json.dumps(payment(email="b@example.com")))
    world.command("publish", "payment.completed", "--data", f"@{path}")
    world.command("publish", "payment.completed", "--data", "-", stdin=json.dumps(payment(email="c@example.com")))
    mails = world.smtp.wait_for(3)
    assert {mail.recipients[0] for mail in mails} == {"a@example.com", "b@example.com", "c@example.com"}


def test_samples_published_many_times_are_that_many_events(world):
    world.start()
    rows = world.command("publish", "payment.completed", "--sample", "--count", "25", "--rate", "200", "--json").json()
    assert len(rows) == 25
    assert all(row["event_type"] == "payment.completed" for row in rows)
    for row in rows:
        world.settled(row["message_id"], "sent")
    assert len(world.smtp.messages) == 25
    log = world.daemon.wait_for(None, outcome="sent")
    assert 0 <= log["queue_ms"] < 60_000, "it publishes its time in milliseconds"


def test_publishing_what_no_queue_takes_fails_though_the_broker_confirms_it(world):
    world.start()
    outcome = world.command("publish", "nobody.listens", "--data", "{}", status=1)
    assert "nobody.listens" in one_line(outcome.errors)


def test_publishing_to_an_exchange_that_is_not_there_fails(world):
    outcome = world.command("publish", "payment.completed", "--sample", status=1)
    assert world.exchange in one_line(outcome.errors)


def test_publishing_with_the_broker_away_is_69(world):
    outcome = world.command("publish", "payment.completed", "--sample", status=69,
                            settings={"rabbitmq.url": "amqp://127.0.0.1:1/"})
    assert "broker" in one_line(outcome.errors)


def test_a_published_event_starts_the_trace_that_the_daemon_goes_on_with(world, collector):
    world.start(environment=collector.environment)
    outcome = world.command("publish", "payment.completed", "--sample", "--json", environment=collector.environment)
    row = outcome.json()[0]
    assert world.settled(row["message_id"], "sent")["trace_id"] == row["trace_id"]
    send = collector.wait_for(lambda spans: [span for span in spans if span.kind == "PRODUCER"])[0]
    assert send.name == f"send {world.exchange}:payment.completed" and send.trace_id == row["trace_id"]
    process = collector.wait_for(lambda spans: [span for span in spans if span.name.startswith("process ")])[0]
    assert process.parent_span_id == send.span_id


# render


def test_render_shows_what_the_recipient_reads():
    text = bare("render", "payment.completed", "--channel", "email", "--locale", "de").output
    assert "Subject: Ihre Zahlung über 49,90 € ist eingegangen" in text.replace("\u00a0", " ")
    assert "Guten Tag Anna Schmidt," in text
    text = bare("render", "payment.completed", "--channel", "sms", "--data",
                '{"paymentId":"p1","userId":"u","amount":"5","currency":"USD"}').output
    assert "We received your payment of $5.00. Reference: p1." in text
    both = bare("render", "user.signup", "--json").json()
    assert [(row["channel"], row["locale"]) for row in both] == [("email", "en"), ("sms", "en")]
    assert both[0]["html"].startswith("<!DOCTYPE html>") and both[1]["segments"] == 1


def test_render_eml_is_a_whole_message():
    outcome = bare("render", "payment.completed", "--eml", variables={"NOTIFYD_EMAIL_FROM": "shop@notify.example"})
    message = email.message_from_string(outcome.output, policy=email.policy.default)
    assert message["From"] == "shop@notify.example" and message["To"] == "anna.schmidt@example.com"
    assert message["Subject"].replace("\u00a0", " ") == "We received your payment of €49.90"
    assert "Hello Anna Schmidt," in plain(message) and "<strong>" in html(message)


def test_render_names_what_is_wrong():
    assert "payment.completed" in one_line(bare("render", "payment.complete", status=1).errors)
    assert "money.invalid" in one_line(bare(
        "render", "payment.completed", "--data", '{"paymentId":"p","userId":"u","amount":"1.999","currency":"EUR"}',
        status=1).errors)
    assert "/nowhere.json" in one_line(bare("render", "user.signup", "--data", "@/nowhere.json", status=1).errors)


# log


@pytest.fixture
def logged(world):
    """Two sent, one failed, one rejected."""
    world.start()
    world.smtp.answer("rcpt", "550 5.1.1 unknown", recipient="bad@example.com")
    ids = {
        "anna": world.publish("user.signup", signup("user-a", "anna@example.com")),
        "berta": world.publish("payment.completed", payment("user-b", email="berta@example.com")),
        "bad": world.publish("payment.completed", payment("user-c", email="bad@example.com")),
        "poison": world.publish_raw("payment.completed", b"{"),
    }
    for name, status in (("anna", "sent"), ("berta", "sent"), ("bad", "failed"), ("poison", "rejected")):
        world.settled(ids[name], status)
    eventually(lambda: world.audit.count("dead_letter") == 2, "two dead letters")
    return ids


@pytest.mark.parametrize("arguments, expected", [
    ([], {"anna", "berta", "bad", "poison"}),
    (["--recipient", "user-a"], {"anna"}),
    (["--address", "berta@example.com"], {"berta"}),
    (["--type", "payment.completed"], {"berta", "bad", "poison"}),
    (["--status", "failed"], {"bad"}),
    (["--status", "sent", "--type", "user.signup"], {"anna"}),
    (["--since", "1h"], {"anna", "berta", "bad", "poison"}),
    (["--since", "1ms"], set()),
])
def test_log_filters(world, logged, arguments, expected):
    rows = world.command("log", "--json", *arguments).json()
    assert {row["event_id"] for row in rows} == {logged[name] for name in expected}


def test_log_is_a_table_for_people_and_json_for_machines(world, logged):
    row = world.command("log", "--event", logged["bad"], "--json").json()[0]
    assert row["status"] == "failed" and row["error_code"] == "smtp.550" and row["address_masked"] == "b***@example.com"
    table = world.command("log").output.splitlines()
    assert len(table) == 5 and "STATUS" in table[0]
    assert "failed" in [line for line in table if logged["bad"] in line][0]
    assert "anna@example.com" not in "\n".join(table)


# The public columns of notification_log (contract section 10).
LOG_COLUMNS = {"id", "event_id", "event_type", "dedupe_key", "channel", "recipient_id", "status", "attempts", "provider",
               "provider_message_id", "address_masked", "address_hash", "template_version", "content_sha256", "locale",
               "error_code", "error", "trace_id", "received_at", "claimed_at", "created_at", "sent_at", "updated_at",
               "resend_count"}


def test_log_in_json_has_every_public_column_and_null_where_there_is_no_value(world, logged):
    rows = {row["event_id"]: row for row in world.command("log", "--json").json()}
    for row in rows.values():
        assert set(row) == LOG_COLUMNS
    sent, written = rows[logged["anna"]], world.audit.row(logged["anna"])
    for column in ("dedupe_key", "address_hash", "template_version", "content_sha256"):
        assert sent[column] == written[column] and sent[column], column
    assert sent["claimed_at"] and sent["created_at"] and sent["error_code"] is None
    poison = rows[logged["poison"]]
    assert [poison[column] for column in ("recipient_id", "address_hash", "provider", "sent_at")] == [None] * 4


def test_following_shows_each_row_once_however_many_come_at_once(world, sink):
    world.start({"smtp.url": sink.url})
    file = world.folder / "followed"
    follow = harness.ChildProcess([notifyd_path(), "log", "--follow", "--json", "--limit", "5"], folder=world.folder,
                                  environment=environment(**world.variables()), log=file)

    def followed():
        # What follows the last line's end is not yet whole.
        return [json.loads(line) for line in file.read_text().split("\n")[:-1]]

    first = world.publish("payment.completed", payment(email="a@example.com"))
    eventually(lambda: first in {row["event_id"] for row in followed()}, "it follows")
    ids = {unique("evt") for _ in range(600)}
    world.publish_many([("payment.completed", payment(unique("user"), email="a@example.com"), event_id)
                        for event_id in ids])
    eventually(lambda: ids <= {row["event_id"] for row in followed() if row["status"] == "sent"},
               lambda: f"600 rows; {len(followed())} lines\n{file.read_text()[-1000:]}", within=60)
    follow.kill()
    shown = [(row["id"], row["updated_at"]) for row in followed()]
    assert len(shown) == len(set(shown)), "twice"


def test_log_before_the_schema_is_there_says_what_to_do(world):
    assert "notifyd migrate" in one_line(world.command("log", status=1).errors)


# dlq


def test_dlq_list_and_show_mask_values_unless_revealed_which_is_recorded(world, logged):
    rows = world.command("dlq", "list", "--json").json()
    assert {(row["event_id"], row["reason"], row["error_code"]) for row in rows} == {
        (logged["bad"], "failed", "smtp.550"), (logged["poison"], "rejected", "json.invalid")}
    assert [row["replayed_at"] for row in rows] == [None, None] and not any("body" in row for row in rows)
    dead = next(row["id"] for row in rows if row["reason"] == "failed")
    assert world.command("dlq", "list", "--reason", "rejected", "--json").json()[0]["event_id"] == logged["poison"]
    assert world.command("dlq", "list", "--type", "user.signup", "--json").json() == []
    groups = world.command("dlq", "list", "--by", "reason", "--json").json()
    assert sorted((group["reason"], group["count"]) for group in groups) == [("failed", 1), ("rejected", 1)]
    assert "bad@example.com" not in world.command("dlq", "list").output

    masked = world.command("dlq", "show", dead).output
    assert "bad@example.com" not in masked and "user-c" not in masked
    assert '"email"' in masked and "smtp.550" in masked
    assert world.audit.operator_actions() == [], "looking at masked values is no action"
    revealed = world.command("dlq", "show", dead, "--reveal").output
    assert "bad@example.com" in revealed
    action = world.audit.operator_actions()[0]
    assert action["action"] and action["who"] and str(dead) in " ".join(action["targets"]) and action["count"] == 1


def test_dlq_show_of_nothing_is_1(world):
    world.command("migrate")
    assert "4711" in one_line(world.command("dlq", "show", "4711", status=1).errors)


# contact


def test_contact_import_dry_run_changes_nothing(world):
    world.command("migrate")
    path = world.folder / "users.csv"
    path.write_text("userId,email\nc1,one@example.com\n")
    outcome = world.command("contact", "import", path, "--dry-run")
    assert "nothing was imported" in outcome.output
    assert world.audit.contact("c1") is None
    assert world.command("contact", "import", path, "--json").json() == [{"contacts": 1, "imported": True}]
    assert world.audit.contact("c1")["email"] == "one@example.com"


def test_contact_import_names_every_wrong_line_and_imports_none(world):
    world.command("migrate")
    path = world.folder / "users.csv"
    path.write_text("userId,email,phone\nc1,one@example.com,\nc2,no-address,\nc3,,0171\n")
    outcome = world.command("contact", "import", path, status=1)
    lines = outcome.errors.splitlines()
    assert any(f"{path}:3: " in line for line in lines) and any(f"{path}:4: " in line for line in lines)
    assert world.audit.contact("c1") is None


# run


def test_run_says_what_it_does_in_json_lines(world):
    world.start()
    milliseconds = int(time.time() * 1000) - 5000
    event_id = world.publish("payment.completed", payment("user-b", email="berta@example.com"),
                             headers={"timestamp_in_ms": milliseconds})
    world.settled(event_id, "sent")
    line = world.daemon.wait_for(None, event_id=event_id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["timestamp"])
    assert line["level"] == "info" and line["message"] and line["service"] == "notifications-service"
    expected = {"event_type": "payment.completed", "recipient_id": "user-b", "channel": "email", "provider": "smtp",
                "attempt": 1, "outcome": "sent"}
    assert {name: line.get(name) for name in expected} == expected
    assert line["duration_ms"] > 0 and 5000 <= line["queue_ms"] < 15000
    assert world.daemon.stop() == 0
    messages = [(line["message"], line["component"]) for line in world.daemon.lines if "component" in line]
    for expected in (("connected", "broker"), ("connected", "database"), ("consuming", "broker")):
        assert expected in messages, messages
    for expected in ("starting", "draining", "stopped"):
        assert world.daemon.find(expected), expected
    assert world.daemon.other_output == [] and world.daemon.errors == ""
    assert len(world.daemon.find(None, event_id=event_id)) == 1, "one line for a notification"


def test_the_first_line_is_starting_whatever_there_is_to_warn_of_and_from_then_on_a_signal_drains(world):
    said = harness.notifyd("check", "--offline", variables=world.variables({"rabbitmq.prefetch": "65535"}))
    fitting = re.search(r"lower it to (\d+)", said.output + said.errors)
    # More than half of the memory, where that is not too much for any prefetch.
    prefetch = int(fitting[1]) + 1 if fitting else 256
    daemon = world.prepare({"rabbitmq.prefetch": prefetch},
                           {"NOTIFY_SOCKET": "nowhere", "OTEL_SDK_DISABLED": "1"})
    daemon.start(until="starting")
    assert daemon.stop() == 0
    messages = [line["message"] for line in daemon.lines]
    assert messages[0] == "starting" and "stopped" in messages, messages
    expected = {"telemetry setting", "systemd is told nothing"} | ({"machine"} if fitting else set())
    assert {line["message"] for line in daemon.lines if line["level"] == "warning"} >= expected, messages


def test_a_signal_to_reload_that_comes_early_does_not_end_it(world, folder):
    """The configuration comes slowly, by a pipe: all that is before the signals are watched has time."""
    pipe = folder / "notifyd.yaml"
    os.mkfifo(pipe)
    daemon = world.prepare(environment={"NOTIFYD_CONFIG": str(pipe)})
    daemon.start(until=None)

    def ignored():
        status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
        return int(re.search(r"^SigIgn:\s*(\w+)", status, re.MULTILINE)[1], 16) & 1 << signal.SIGHUP - 1

    eventually(ignored, "SIGHUP is ignored")
    daemon.send_signal(signal.SIGHUP)
    pipe.write_text("parked: {max: 5}\n")
    daemon.wait_for("consuming")
    assert daemon.stop() == 0


def test_run_with_a_queue_of_other_arguments_is_78_and_shows_both_sides(world):
    with world.broker.connect() as connection:
        connection.channel().queue_declare(world.queue, durable=True, arguments={"x-queue-type": "classic"})
    outcome = world.command("run", status=78)
    line = one_line(outcome.errors)
    assert world.queue in line and "rabbitmq.declare" in line and "x-queue-type" in line
    with world.broker.connect() as connection:
        assert connection.channel().queue_declare(world.queue, passive=True), "nothing is deleted"


def test_run_without_declaring_waits_for_what_is_missing_and_says_what_that_is(world):
    daemon = world.prepare({"rabbitmq.declare": "false"})
    daemon.start(until=None)
    line = daemon.wait_for("waiting", component="broker")
    assert world.dead_letter_exchange in line["error"] and "rabbitmq.declare" in line["error"]
    with pytest.raises(Exception, match="NOT_FOUND"):
        world.queue_depth()
    world.start()
    daemon.wait_for("consuming", timeout=20)


def test_the_default_topology_is_the_contracts(world):
    """The names that other services know; nothing of it is configured."""
    defaults = {"rabbitmq.exchange": None, "rabbitmq.queue": None, "rabbitmq.deadLetterExchange": None}
    try:
        world.start(defaults)
        queues = world.broker.queues()
        assert {"notifications.events", "notifications.events.dead"} <= set(queues)
        rows = world.broker.ctl("list_bindings", "--formatter", "json", "source_name", "destination_name",
                                "routing_key")
        bound = {(row["source_name"], row["routing_key"]) for row in json.loads(rows)
                 if row["destination_name"] == "notifications.events" and row["source_name"]}
        assert bound == {("domain-events", key) for key in (
            "payment.completed", "payment.failed", "user.signup", "user.password-reset", "user.updated",
            "user.deleted")}
        rows = json.loads(world.broker.ctl("list_queues", "--formatter", "json", "name", "arguments", "durable"))
        arguments = {row["name"]: as_dictionary(row["arguments"]) for row in rows}
        assert arguments["notifications.events"] == {
            "x-queue-type": "quorum", "x-dead-letter-exchange": "dlx",
            "x-dead-letter-routing-key": "notifications.events", "x-delivery-limit": 50,
            "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
        assert arguments["notifications.events.dead"] == {"x-queue-type": "quorum", "x-delivery-limit": 2147483647}
        world.exchange, world.queue = "domain-events", "notifications.events"
        world.settled(world.publish("payment.completed", payment(email="a@example.com")), "sent")
        world.daemon.stop()
    finally:
        world.dead_letter_exchange, world.dead_queue = "dlx", "notifications.events.dead"


def as_dictionary(arguments):
    """rabbitmqctl prints arguments as a dictionary or as a list of triples, as its version likes."""
    return arguments if isinstance(arguments, dict) else {name: value for name, _, value in arguments}


def test_classic_queues_work_too(world):
    world.start({"rabbitmq.queueType": "classic"})
    good = world.publish("payment.completed", payment(email="a@example.com"))
    poison = world.publish_raw("payment.completed", b"{", message_id=unique("evt"))
    world.settled(good, "sent")
    world.settled(poison, "rejected")
    eventually(lambda: world.audit.dead_letters(event_id=poison), "its dead letter")
