"""Commands on a terminal, in a pipe and interrupted: what people see, and what scripts get (contract section 1)."""

import json
import os
import re
import signal
import subprocess

import pytest

import harness
from harness.processes import environment
from harness.program import notifyd_path
from helpers.events import payment, signup, unique
from helpers.terminal import CTRL_C, Terminal, columns_of
from helpers.waiting import eventually

COLOR = re.compile("\x1b\\[[0-9;]+m")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
BAR = re.compile(r"\[#*-*\]  [\d,]+/[\d,]+")


@pytest.fixture
def screen(world):
    """Runs a command of this world on a terminal."""

    def run(*arguments, environment=(), settings=(), **options):
        variables = world.variables(settings, environment)
        return Terminal(*arguments, variables=variables, folder=world.folder, **options)

    return run


@pytest.fixture
def logged(world):
    """One sent to somebody whose id is of wide letters, one refused; the ids."""
    world.start()
    world.smtp.answer("rcpt", "550 5.1.1 unknown, and a long story of why nobody of that name was ever here",
                      recipient="bad@example.com")
    ids = {
        "sent": world.publish("user.signup", signup("佐藤花子", "anna@example.com")),
        "bad": world.publish("payment.completed", payment("so\u0308hne", email="bad@example.com")),
    }
    world.settled(ids["sent"], "sent")
    world.settled(ids["bad"], "failed")
    eventually(lambda: world.audit.count("dead_letter") == 1, "its dead letter")
    return ids


def finished(terminal, status=0):
    assert terminal.wait() == status, f"{terminal.text}{terminal.piped}"
    return terminal


# Tables


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 132, 250])
def test_tables_fit_the_terminal(world, logged, screen, columns):
    for command in (["log"], ["dlq", "list"], ["dlq", "list", "--by", "reason"], ["contact", "show", "佐藤花子"],
                    ["config"]):
        with screen(*command, columns=columns, stderr="pipe") as terminal:
            finished(terminal)
            assert len(terminal.lines) >= 2
            for line in terminal.lines:
                assert columns_of(line) <= columns, f"{command}: {line}"


def test_a_narrow_table_keeps_ids_whole_and_cuts_the_words(world, logged, screen):
    with screen("log", "--status", "failed", columns=100) as terminal:
        row = finished(terminal).lines[1]
    assert logged["bad"] in row and "failed" in row and row.endswith("…")
    with screen("log", "--status", "failed", columns=300) as terminal:
        assert finished(terminal).lines[1].endswith("nobody of that name was ever here")


def test_columns_is_what_the_user_prefers(world, logged, screen):
    with screen("log", columns=200, environment={"COLUMNS": "60"}, stderr="pipe") as terminal:
        assert max(map(columns_of, finished(terminal).lines)) <= 60


def test_a_pipe_gets_whole_values_whatever_the_terminal_is(world, logged, screen):
    with screen("log", columns=40, environment={"COLUMNS": "40"}, stdout="pipe") as terminal:
        table = finished(terminal).piped
    assert "…" not in table and "nobody of that name was ever here" in table and "\x1b" not in table
    assert "so\u0308hne" in table and "佐藤花子" in table


def test_what_comes_from_outside_cannot_move_the_cursor(world):
    """The daemon takes no such id; a provider's answer, or an older version, may have left it in the table."""
    world.start()
    event_id = world.publish_raw("payment.completed", b"{")
    world.settled(event_id, "rejected")
    hostile = "e\x1b[2J\u202etxt\x9b1m"
    with harness.Database(world.database_url) as database:
        database.execute("UPDATE notifications.notification_log SET error = %s", hostile)
    for command in (["log"], ["dlq", "list"], ["why", event_id]):
        outcome = world.command(*command)
        assert "e\\u{1B}[2J\\u{202E}txt\\u{9B}1m" in outcome.output, command
        machine = world.command(*command, "--json")
        assert not set("\x1b\u202e\x9b") & set(outcome.output + outcome.errors + machine.output), command
        assert hostile in [row.get("error") for row in machine.json()], command


# Colours


def test_colours_are_for_terminals(world, logged, screen):
    with screen("log") as terminal:
        text = finished(terminal).text
        assert "\x1b[32msent\x1b[0m" in text and "\x1b[31mfailed\x1b[0m" in text and "\x1b[1mUPDATED" in text
    for more in ({"NO_COLOR": "1"}, {"CLICOLOR": "0"}, {"TERM": "dumb"}):
        with screen("log", environment=more) as terminal:
            assert not COLOR.search(finished(terminal).text), more
    with screen("log", stdout="pipe", environment={"CLICOLOR_FORCE": "1"}) as terminal:
        assert not COLOR.search(finished(terminal).piped)
    with screen("log", stderr="pipe") as terminal:
        assert COLOR.search(finished(terminal).text)


@pytest.mark.parametrize("more, is_colored", [({}, True), ({"NO_COLOR": "1"}, False)])
def test_an_error_is_one_line_in_red(screen, more, is_colored):
    away = {"database.url": "postgres://127.0.0.1:1/notify"}
    with screen("why", "evt-1", settings=away, environment=more) as terminal:
        finished(terminal, 69)
    assert len(terminal.lines) == 1 and terminal.lines[0].startswith("notifyd: database: ")
    assert bool(COLOR.search(terminal.text)) == is_colored


def test_check_has_its_states_in_colours(screen):
    with screen("check", "--offline") as terminal:
        text = finished(terminal).text
    assert "\x1b[32mok\x1b[0m" in text and "\x1b[33mwarning\x1b[0m" in text


# Notes and hints


def test_nothing_found_is_said_beside_the_result(world):
    world.command("migrate")
    for command, note in ((["log"], "no notifications yet"), (["log", "--type", "x"], "no notifications match"),
                          (["dlq", "list"], "no dead letters"), (["dlq", "list", "--by", "reason"], "no dead letters"),
                          (["dlq", "list", "--reason", "x"], "no dead letters match"),
                          (["uncertain", "list"], "nothing is uncertain"), (["pause", "--list"], "nothing is paused")):
        outcome = world.command(*command)
        assert (outcome.output, outcome.errors) == ("", note + "\n"), command
        outcome = world.command(*command, "--json")
        assert (outcome.output, outcome.errors) == ("", ""), command


def test_what_a_limit_leaves_out_is_said(world, logged):
    outcome = world.command("log", "--limit", "1")
    assert len(outcome.output.splitlines()) == 2 and "--limit" in outcome.errors
    assert world.command("log", "--limit", "3").errors == ""


def test_a_person_is_told_what_to_type_next_and_a_script_is_not(world, logged, screen):
    dead = world.audit.dead_letters(event_id=logged["bad"])[0]["id"]
    for command, hint in ((["log"], "notifyd why "), (["dlq", "list"], f"notifyd dlq show {dead}"),
                          (["dlq", "list", "--by", "reason"], "notifyd dlq replay --reason smtp.550 --dry-run")):
        with screen(*command, columns=120) as terminal:
            assert hint in finished(terminal).lines[-1]
        assert "notifyd" not in world.command(*command).errors, command


# Progress


def test_publishing_shows_how_far_it_is_and_cleans_up(world, screen):
    world.start()
    with screen("publish", "payment.completed", "--sample", "--count", "150", "--rate", "100") as terminal:
        terminal.wait_for(r"publishing  \[#+-+\]  \d+/150  [\d.]+/s  1 s left")
        finished(terminal)
    assert [line for line in terminal.lines if BAR.search(line)] == [], "the bar is gone"
    assert terminal.lines[0].startswith("published 150 payment.completed events to ")


def test_progress_is_for_terminals_that_no_result_goes_to(world, screen):
    world.start()
    command = ["publish", "payment.completed", "--sample", "--count", "60", "--rate", "100"]
    with screen(*command, stderr="pipe") as terminal:
        assert "publishing" not in finished(terminal).piped + terminal.text
    with screen(*command, environment={"TERM": "dumb"}) as terminal:
        assert "publishing" not in finished(terminal).text
    with screen(*command, "--json") as terminal:
        assert len([json.loads(line) for line in finished(terminal).lines]) == 60
    with screen(*command, "--json", stdout="pipe") as terminal:
        assert BAR.search(finished(terminal).text) and terminal.lines == []
        assert len(terminal.piped.splitlines()) == 60


def test_ctrl_c_takes_the_bar_away_and_says_how_far_it_came(world, screen):
    world.start()
    with screen("publish", "payment.completed", "--sample", "--count", "100000", "--rate", "50") as terminal:
        terminal.wait_for(BAR.pattern)
        terminal.type(CTRL_C)
        finished(terminal, -signal.SIGINT)
    assert len(terminal.lines) == 1
    assert re.fullmatch(r"notifyd: interrupted: publishing, done [\d,]+/100,000", terminal.lines[0])


def test_replaying_shows_how_far_it_is(world, screen):
    world.start()
    world.smtp.answer("rcpt", "550 5.1.1 unknown", recipient="bad@example.com")
    world.publish_many([("payment.completed", payment(unique("user"), email="bad@example.com"), unique("evt"))
                        for _ in range(8)])
    eventually(lambda: world.audit.count("dead_letter") == 8, "eight dead letters", within=40)
    world.daemon.stop()
    with screen("dlq", "replay", "--reason", "smtp.550", "--rate", "4") as terminal:
        terminal.wait_for(r"replaying  \[#+-+\]  [1-7]/8  ")
        finished(terminal)
    assert terminal.lines == ["replayed: 8"]


def test_migrating_shows_how_far_it_is(world, screen):
    with harness.Database(world.database_url) as other:
        # The key that replicas agree on: "notifyd" in ASCII.
        other.execute(f"SELECT pg_advisory_lock({int.from_bytes(b'notifyd')})")
        with screen("migrate") as terminal:
            terminal.wait_for(r"migrating  \[-+\]  0/\d")
            other.execute(f"SELECT pg_advisory_unlock({int.from_bytes(b'notifyd')})")
            finished(terminal)
    assert len(terminal.lines) == 1 and "applied versions 1, 2" in terminal.lines[0]


# Endings


def test_ctrl_c_ends_following_at_once(world, screen):
    world.command("migrate")
    with screen("log", "--follow") as terminal:
        terminal.wait_for("UPDATED")
        terminal.type(CTRL_C)
        assert terminal.wait(within=5) == -signal.SIGINT
    assert "notifyd:" not in terminal.text


@pytest.mark.parametrize("ignored", [False, True], ids=["as usual", "where whoever starts it ignores SIGPIPE"])
def test_a_reader_that_has_seen_enough_ends_it_in_silence(world, logged, ignored):
    read, write = os.pipe()
    os.close(read)
    for command in (["log"], ["log", "--follow", "--json"], ["config"], ["--help"], ["render", "user.signup", "--eml"]):
        done = subprocess.run([notifyd_path(), *command], env=environment(**world.variables()), stdout=write,
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, restore_signals=not ignored, timeout=20)
        assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b""), command
    os.close(write)


def test_a_result_that_cannot_be_written_is_a_failure():
    with open("/dev/full", "wb") as full:
        done = subprocess.run([notifyd_path(), "--help"], env=environment(), stdout=full, stderr=subprocess.PIPE,
                              text=True)
    assert done.returncode == 1
    assert done.stderr == "notifyd: standard output cannot be written: No space left on device\n"


# JSON


def test_every_commands_json_is_an_object_a_line_with_times_in_utc(world, logged):
    dead = world.audit.dead_letters(event_id=logged["bad"])[0]["id"]
    contacts = world.folder / "users.csv"
    contacts.write_text("userId,email\nc1,one@example.com\n")
    commands = {
        "check": ["--offline"], "config": [], "migrate": [], "publish": ["payment.completed", "--sample"],
        "render": ["user.signup"], "log": [], "why": [logged["sent"]], "dlq list": [], "dlq show": [dead],
        "dlq replay": [dead, "--dry-run"], "dlq drop": ["--all", "--dry-run"], "uncertain list": [],
        "pause": ["--type", "user.signup"], "resume": ["--type", "user.signup"], "contact import": [contacts],
        "contact show": ["佐藤花子"], "contact forget": ["c1"], "retain": [],
    }
    others = {"run", "status", "uncertain resolve"}  # test_probes and test_operators have the latter two
    assert set(commands) | others == set(leaves(tree())), "every command is here"
    for command, arguments in commands.items():
        rows = world.command(*command.split(), *arguments, "--json").json()
        assert rows or command == "uncertain list", command
        for row in rows:
            assert isinstance(row, dict), command
            for name, value in row.items():
                if value and (name in ("at", "since") or name.endswith("_at")):
                    assert TIME.fullmatch(value), (command, name, value)
    assert "CREATE TABLE" in world.command("migrate", "--print", "--json").json()[0]["sql"]


def test_run_json_logs_json_on_a_terminal_too(world, screen):
    with screen("run", "--json", columns=500) as terminal:
        terminal.wait_for('"message":"consuming"')
        terminal.type(CTRL_C)
        finished(terminal)
    assert all(json.loads(line.removeprefix("^C")) for line in terminal.lines if line != "^C")


def test_an_error_is_a_line_on_standard_error_with_json_too(world):
    for command in (["log"], ["why", "x"], ["dlq", "list"], ["pause", "--list"], ["contact", "show", "x"]):
        outcome = world.command(*command, "--json", settings={"database.url": "postgres://127.0.0.1:1/x"}, status=69)
        assert outcome.output == "" and len(outcome.errors.splitlines()) == 1, command


# Help


def tree():
    return json.loads(harness.notifyd("--experimental-dump-help").output)["command"]


def leaves(node, path=()):
    """Every command that does something, by its words behind `notifyd`."""
    below = [each for each in node.get("subcommands", []) if each["commandName"] != "help"]
    if not below:
        yield " ".join(path)
    for each in below:
        yield from leaves(each, (*path, each["commandName"]))


def walk(node, path=()):
    yield path, node
    for each in node.get("subcommands", []):
        if each["commandName"] != "help":
            yield from walk(each, (*path, each["commandName"]))


def test_every_command_explains_itself_its_arguments_and_has_an_example():
    for path, node in walk(tree()):
        words, _, examples = node.get("discussion", "").partition("EXAMPLES\n")
        assert node["abstract"] and words.strip(), path
        assert " ".join(("notifyd", *path)) in examples, path
        for argument in node.get("arguments", []):
            assert argument.get("abstract"), (path, argument["valueName"])
        shown = harness.notifyd(*path, "--help")
        assert shown.status == 0 and shown.errors == "" and "EXAMPLES" in shown.output, path


def test_help_fits_the_terminal(screen):
    for columns in (60, 120):
        for path in ([], ["dlq", "replay"], ["contact", "import"]):
            with screen(*path, "--help", columns=columns) as terminal:
                text = finished(terminal).lines
            # Usage lines and examples are to be copied, so they are not broken.
            assert all(len(line) <= columns or line.startswith(("USAGE", "  notifyd", "  psql")) for line in text)


def test_the_reference_of_commands_is_current():
    script = harness.ROOT / "scripts/commands-reference"
    done = subprocess.run([script, "--check", "--program", notifyd_path()], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
