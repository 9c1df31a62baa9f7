"""Configuration from file, credentials and environment, and what is said about mistakes (contract section 2)."""

import pathlib
import re
import subprocess
import sys

import pytest

import harness
from harness.program import notifyd_path
from helpers.key_table import KeyTable

RUN = {"NOTIFYD_EMAIL_PROVIDERS": "file"}


def config(*arguments, status=0, file=None, folder=None, **variables):
    path = None
    if file is not None:
        path = folder / "notifyd.yaml"
        path.write_text(file)
        arguments = (*arguments, "--config", path)
    outcome = harness.notifyd("config", *arguments, variables={**RUN, **variables})
    assert outcome.status == status, f"{outcome}"
    return outcome


def values(outcome):
    return {row["key"]: row for row in outcome.json()}


def test_every_key_has_its_value_and_where_it_comes_from(folder):
    rows = values(config("--json", file="rabbitmq:\n  prefetch: 20\n  queue: other\n", folder=folder,
                         NOTIFYD_RABBITMQ_QUEUE="mine"))
    assert rows["rabbitmq.prefetch"]["value"] == "20" and "notifyd.yaml" in rows["rabbitmq.prefetch"]["source"]
    assert rows["rabbitmq.queue"]["value"] == "mine", "the environment is over the file"
    assert "NOTIFYD_RABBITMQ_QUEUE" in rows["rabbitmq.queue"]["source"]
    assert rows["rabbitmq.exchange"]["value"] == "domain-events" and "default" in rows["rabbitmq.exchange"]["source"]
    for key, value in {"rabbitmq.queueType": "quorum", "rabbitmq.deadLetterExchange": "dlx",
                       "rabbitmq.heartbeat": "10s", "database.schema": "notifications", "smtp.connections": "64",
                       "smtp.answerTimeout": "10m", "sms.maxSegments": "3", "send.timeout": "30s",
                       "retry.delays": "5s,30s,2m,10m,1h", "claim.lease": "2m", "parked.max": "100000",
                       "audit.keep": "400d", "catalogue.locale": "en", "catalogue.timezone": "UTC",
                       "http.listen": "127.0.0.1:9464", "shutdown.drain": "25s"}.items():
        assert rows[key]["value"] == value, key


def test_credentials_are_between_file_and_environment(folder):
    credentials = folder / "credentials"
    credentials.mkdir()
    (credentials / "notifyd_rabbitmq_queue").write_text("from-credentials\n")
    (credentials / "notifyd_rabbitmq_exchange").write_text("from-credentials\n")
    rows = values(config("--json", file="rabbitmq: {queue: from-file}\n", folder=folder,
                         CREDENTIALS_DIRECTORY=str(credentials), NOTIFYD_RABBITMQ_EXCHANGE="from-environment"))
    assert rows["rabbitmq.queue"]["value"] == "from-credentials"
    assert rows["rabbitmq.exchange"]["value"] == "from-environment"


def test_secrets_and_passwords_in_urls_are_hidden(folder):
    secret = "Sup3r-Secret-Mark"
    key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    file = folder / "token"
    file.write_text(secret + "\n")
    for arguments in ((), ("--json",)):
        outcome = config(
            *arguments,
            NOTIFYD_RABBITMQ_URL=f"amqp://u:{secret}@127.0.0.1/",
            NOTIFYD_DATABASE_URL=f"postgres://u:{secret}@127.0.0.1/n",
            NOTIFYD_SMTP_PASSWORD=secret, NOTIFYD_SMTP_USERNAME="u", NOTIFYD_STORAGE_KEY=key,
            NOTIFYD_TWILIO_AUTH_TOKEN_FILE=str(file))
        assert secret not in outcome.output and key not in outcome.output
        assert "127.0.0.1" in outcome.output, "the rest of the URL is shown"


def test_the_urls_of_other_programs_are_understood():
    rows = values(config("--json", RABBITMQ_URL="amqp://127.0.0.1:5999/", DATABASE_URL="postgres://127.0.0.1:5998/x"))
    assert "5999" in rows["rabbitmq.url"]["value"] and "RABBITMQ_URL" in rows["rabbitmq.url"]["source"]
    assert "5998" in rows["database.url"]["value"] and "DATABASE_URL" in rows["database.url"]["source"]
    rows = values(config("--json", RABBITMQ_URL="amqp://127.0.0.1:5999/",
                         NOTIFYD_RABBITMQ_URL="amqp://127.0.0.1:5997/"))
    assert "5997" in rows["rabbitmq.url"]["value"], "our own name wins"


def test_an_unknown_key_is_78_and_one_line_with_file_line_and_the_nearest_key(folder):
    lines = config(status=78, file="rabbitmq:\n  prefech: 20\n", folder=folder).errors.splitlines()
    assert len(lines) == 1
    assert "notifyd.yaml:2" in lines[0] and "rabbitmq.prefech" in lines[0] and "rabbitmq.prefetch" in lines[0]


def test_an_unknown_variable_is_78_and_one_line_with_the_nearest():
    lines = config(status=78, NOTIFYD_RABBITMQ_PREFECH="20").errors.splitlines()
    assert len(lines) == 1
    assert "NOTIFYD_RABBITMQ_PREFECH" in lines[0] and "NOTIFYD_RABBITMQ_PREFETCH" in lines[0]


@pytest.mark.parametrize("key, value", [
    ("NOTIFYD_RABBITMQ_PREFETCH", "many"), ("NOTIFYD_RABBITMQ_PREFETCH", "0"), ("NOTIFYD_RABBITMQ_PREFETCH", "70000"),
    ("NOTIFYD_RABBITMQ_HEARTBEAT", "10"), ("NOTIFYD_RABBITMQ_DECLARE", "perhaps"), ("NOTIFYD_RETRY_DELAYS", "5s,soon"),
    ("NOTIFYD_RABBITMQ_QUEUE_TYPE", "stream"), ("NOTIFYD_SMTP_URL", "http://127.0.0.1"),
    ("NOTIFYD_EMAIL_FROM", "a@example.com\r\nBcc: b@example.com"), ("NOTIFYD_CLAIM_LEASE", "30s"),
    ("NOTIFYD_CATALOGUE_TIMEZONE", "Mars/Olympus"),
    ("NOTIFYD_RABBITMQ_URL", "amqp://broker.example/"), ("NOTIFYD_DATABASE_URL", "postgres://db.example/notify"),
    ("NOTIFYD_LINKS_PASSWORD_RESET", "http://app.example.com/reset"),
])
def test_a_wrong_value_is_78_and_one_line_with_variable_and_value(key, value):
    lines = config(status=78, **{key: value}).errors.splitlines()
    assert len(lines) == 1, lines
    assert key in lines[0]


@pytest.mark.parametrize("key", ["NOTIFYD_STORAGE_KEY", "NOTIFYD_STORAGE_ADDRESS_KEY"])
def test_a_wrong_secret_is_not_shown(key):
    outcome = config(status=78, **{key: "Sup3r-Secret-Mark"})
    assert key in outcome.errors and "Sup3r-Secret-Mark" not in outcome.errors + outcome.output


def test_every_mistake_gets_its_line(folder):
    lines = config(status=78, file="rabbitmq:\n  prefetch: [1]\n  nonsense: 1\nlogs: {}\n", folder=folder,
                   NOTIFYD_SMTP_CONNECTIONS="none").errors.splitlines()
    assert len(lines) == 4, lines
    assert all(line.startswith("notifyd: ") for line in lines)


@pytest.mark.parametrize("text", ["rabbitmq: [", "- a\n- b\n", "rabbitmq:\n  prefetch: 1\n  prefetch: 2\n", "\x00"])
def test_a_file_that_is_no_configuration_is_78(folder, text):
    outcome = config(status=78, file=text, folder=folder)
    assert "notifyd.yaml" in outcome.errors and len(outcome.errors.splitlines()) == 1


def test_a_file_that_is_not_there_is_78(folder):
    outcome = harness.notifyd("config", "--config", folder / "nothing.yaml", variables=RUN)
    assert outcome.status == 78 and "nothing.yaml" in outcome.errors


def test_smtp_needs_a_sender():
    outcome = harness.notifyd("config")
    assert outcome.status == 78 and "email.from" in outcome.errors


def test_a_further_smtp_provider_has_the_same_keys(folder):
    rows = values(config("--json", file="email: {providers: [backup], from: a@example.com}\nsmtp:\n  backup:\n"
                                        "    url: smtp://127.0.0.1:2525\n    connections: 2\n", folder=folder,
                         NOTIFYD_EMAIL_PROVIDERS="backup"))
    assert rows["smtp.backup.connections"]["value"] == "2"


@pytest.mark.parametrize("way", ["file", "credentials", "variables", "variable files"])
def test_every_key_of_the_table_can_be_given_every_way(folder, way):
    table = KeyTable(folder)
    assert len(table.keys) > 60
    arguments, variables = (), {}
    if way == "file":
        arguments = ("--config", table.as_file())
    else:
        variables = {"credentials": table.as_credentials, "variables": table.as_variables,
                     "variable files": table.as_variable_files}[way]()
    outcome = harness.notifyd("config", "--json", *arguments, variables=variables)
    assert outcome.status == 0, outcome.errors
    rows = values(outcome)
    assert set(rows) == set(table.keys)
    for key, row in rows.items():
        assert row["value"] == ("***" if table.keys[key]["secret"] else table.values[key]), key
        assert table.source(key, way) in row["source"], f"{key}: {row['source']}"
        assert row["environment"] == table.keys[key]["environment"]


def test_of_every_secret_nothing_is_shown(folder):
    table = KeyTable(folder)
    secrets = [table.values[key] for key, row in table.keys.items() if row["secret"]]
    assert len(secrets) >= 5
    for arguments in ((), ("--json",)):
        outcome = harness.notifyd("config", *arguments, variables=table.as_variables())
        assert outcome.status == 0, outcome.errors
        assert not [secret for secret in secrets if secret in outcome.output + outcome.errors]


def test_every_key_is_missed_by_its_own_name_when_it_is_misspelt(folder):
    table = KeyTable(folder)
    for key, row in table.keys.items():
        misspelt = row["environment"] + "X"
        assert misspelt not in {each["environment"] for each in table.keys.values()}
        outcome = harness.notifyd("config", variables={**table.as_variables(), misspelt: "hidden-value"})
        assert outcome.status == 78
        assert outcome.errors.count("\n") == 1 and misspelt in outcome.errors, outcome.errors
        assert f"the nearest is {row['environment']}\n" in outcome.errors, outcome.errors
        assert "hidden-value" not in outcome.errors


def test_the_documents_say_what_the_program_says():
    script = harness.ROOT / "scripts/configuration-documents"
    done = subprocess.run([sys.executable, script, "--check", notifyd_path()],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_example_is_a_configuration_that_changes_nothing(folder):
    """But for the sender, without which SMTP is no configuration."""
    example = harness.notifyd("config", "--example")
    assert example.status == 0
    file = folder / "notifyd.yaml"
    file.write_text(example.output)
    rows = values(harness.notifyd("config", "--json", "--config", file, variables=RUN))
    assert {row["source"] for row in rows.values()} == {"default", "variable NOTIFYD_EMAIL_PROVIDERS"}
    outcome = harness.notifyd("config", "--config", file)
    assert outcome.status == 78 and "email.from" in outcome.errors


def test_the_files_for_service_managers_leave_time_for_a_drain():
    """docs/configuration.md: the drain, and 10 s after it."""
    drain = seconds(KeyDefaults()["shutdown.drain"]) + 10
    found = {}
    for path in sorted((harness.ROOT / "deploy").rglob("*.service")):
        found[path] = re.search(r"^TimeoutStopSec=(\S+)$", path.read_text(), re.MULTILINE)
    compose = harness.ROOT / "docker-compose.yml"
    if compose.exists():
        notifyd = re.split(r"\n  (?=\w)", compose.read_text())
        found[compose] = next((re.search(r"stop_grace_period: (\S+)", part) for part in notifyd
                               if part.startswith("notifyd:")), None)
    assert found, "there is no unit below deploy"
    for path, limit in found.items():
        assert limit, f"{path} does not say how long a stop may take"
        assert seconds(limit[1]) > drain, f"{path}: {limit[1]}"


class KeyDefaults(dict):
    def __init__(self):
        super().__init__({row["key"]: row["default"] for row in
                          harness.notifyd("config", "--reference", "--json").json()})


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(s|m|min|)", text).groups()
    return int(number) * (60 if unit.startswith("m") else 1)


# The machine


def test_a_prefetch_beyond_the_memory_of_the_machine_ends_run_and_check_with_78():
    memory = next(int(line.split()[1]) for line in pathlib.Path("/proc/meminfo").read_text().splitlines()
                  if line.startswith("MemTotal:")) // 1024
    prefetch = memory + 1
    if prefetch > 65535:
        pytest.skip("more memory than any prefetch could take")
    variables = {**RUN, "NOTIFYD_RABBITMQ_PREFETCH": str(prefetch)}
    for command in (("run",), ("check", "--offline")):
        outcome = harness.notifyd(*command, variables=variables)
        assert outcome.status == 78
        said = outcome.output + outcome.errors
        assert f"variable NOTIFYD_RABBITMQ_PREFETCH: rabbitmq.prefetch: {prefetch} events" in said


def test_connections_beyond_the_limit_of_open_files_end_run_and_check_with_78():
    variables = {"NOTIFYD_EMAIL_FROM": "a@example.com", "NOTIFYD_SMTP_CONNECTIONS": "1000"}
    for command in (("run",), ("check", "--offline")):
        outcome = harness.notifyd(*command, variables=variables, within=("prlimit", "--nofile=1024:1024"))
        assert outcome.status == 78
        assert "smtp.connections: with all of them 2256 files" in outcome.output + outcome.errors
