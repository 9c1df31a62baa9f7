"""How each command ends (contract section 1): 0 done, 1 failed, 64 wrong usage, 69 a server is away, 78 wrong
configuration."""

import re

import pytest

import harness

AWAY = "postgres://127.0.0.1:1/notify"

# Commands with what makes them end with 0, 1 and 64. None: there is no such ending, see the comment.
COMMANDS = {
    "config": (["config"], None, ["config", "--all"]),  # shows or is refused
    "migrate": (["migrate"], None, ["migrate", "now"]),  # 1 needs a role without rights, below
    "publish": (["publish", "payment.completed", "--sample"], ["publish", "no.such", "--sample"], ["publish"]),
    "render": (["render", "user.signup"], ["render", "no.such"], ["render"]),
    "log": (["log"], None, ["log", "--since", "yesterday"]),  # 1 without the schema, below
    "why": (["why", "evt-1"], ["why", "evt-2"], ["why"]),
    "dlq list": (["dlq", "list"], None, ["dlq", "list", "--by", "day"]),
    "dlq show": (["dlq", "show", "1"], ["dlq", "show", "4711"], ["dlq", "show", "one"]),
    "dlq replay": (["dlq", "replay", "--all"], ["dlq", "replay", "4711"], ["dlq", "replay"]),
    "dlq drop": (["dlq", "drop", "--all", "--yes"], ["dlq", "drop", "4711", "--yes"], ["dlq", "drop", "--all"]),
    "uncertain list": (["uncertain", "list"], None, ["uncertain", "list", "--limit", "0"]),
    "uncertain resolve": (None, ["uncertain", "resolve", "evt-1", "--sent"], ["uncertain", "resolve", "evt-1"]),
    "pause": (["pause", "--all"], None, ["pause"]),
    "resume": (["resume", "--channel", "sms"], ["resume", "--channel", "sms"], ["resume"]),  # 1: all is paused still
    "contact import": (["contact", "import", "-"], ["contact", "import", "/nowhere"], ["contact", "import"]),
    "contact show": (["contact", "show", "c1"], ["contact", "show", "c2"], ["contact", "show"]),
    "contact forget": (["contact", "forget", "c1"], None, ["contact", "forget"]),
}
# Those that ask Postgres, and their arguments.
DATABASE = ["migrate", "log", "why", "dlq list", "dlq show", "dlq replay", "dlq drop", "uncertain list",
            "uncertain resolve", "pause", "resume", "contact import", "contact show", "contact forget"]


def ending(world, arguments, status, **options):
    outcome = world.command(*arguments, status=status, **options)
    if status:
        assert outcome.errors.startswith("notifyd: ") and len(outcome.errors.splitlines()) == 1, outcome
    else:
        assert "notifyd:" not in outcome.errors, outcome
    return outcome


def line(command):
    """Arguments that are right."""
    done, failed, _ = COMMANDS[command]
    return done or failed


def test_done_is_0_and_failed_is_1(world):
    world.start()
    world.publish_raw("payment.completed", b"{", message_id="evt-1")
    world.settled("evt-1", "rejected")
    for command, (done, _, _) in COMMANDS.items():
        if done and command != "resume":
            ending(world, done, 0, stdin="userId,email\nc1,one@example.com\n")
    ending(world, COMMANDS["contact import"][0], 0, stdin="userId,email\nc3,three@example.com\n")
    for command, (_, failed, _) in COMMANDS.items():
        if failed:
            ending(world, failed, 1)
    ending(world, ["resume", "--all"], 0)
    ending(world, COMMANDS["resume"][0], 0)
    assert world.daemon.stop() == 0


def test_without_the_schema_it_is_1_and_says_what_to_do(world):
    for command in DATABASE:
        if command != "migrate":
            failure = ending(world, line(command), 1, stdin="userId,email\nc1,one@example.com\n").errors
            assert failure.endswith("; run notifyd migrate\n"), failure


def test_migrate_without_the_right_to_is_1(world):
    role = f"{world.name}_reader"
    with harness.Database(world.database_url) as database:
        database.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'reads'")
    url = re.sub("//[^/@]*@", f"//{role}:reads@", world.database_url)
    assert "permission denied" in ending(world, ["migrate"], 1, settings={"database.url": url}).errors


@pytest.mark.parametrize("command", [*COMMANDS, "run", "check", "status"])
def test_wrong_usage_is_64(command):
    usage = COMMANDS[command][2] if command in COMMANDS else [command, "--nonsense"]
    outcome = harness.notifyd(*usage, variables={"NOTIFYD_EMAIL_PROVIDERS": "file"})
    assert outcome.status == 64 and outcome.output == ""
    assert len(outcome.errors.splitlines()) == 1 and f"'notifyd {command} --help'" in outcome.errors


@pytest.mark.parametrize("command", DATABASE)
def test_a_database_that_is_away_is_69(world, command):
    ending(world, line(command), 69, settings={"database.url": AWAY}, stdin="userId,email\nc1,one@example.com\n")


def test_a_broker_that_is_away_is_69(world):
    ending(world, line("publish"), 69, settings={"rabbitmq.url": "amqp://127.0.0.1:1/"})


@pytest.mark.parametrize("command", [*COMMANDS, "run", "check", "status"])
def test_wrong_configuration_is_78(world, command):
    arguments = line(command) if command in COMMANDS else [command]
    failure = ending(world, arguments, 78, settings={"rabbitmq.prefetch": "many"}).errors
    assert "NOTIFYD_RABBITMQ_PREFETCH" in failure and "many" in failure
