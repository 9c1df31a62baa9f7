"""Dockerfile and docker-compose.yml, as far as that can be checked without running them: test_containers.py does."""

import json
import re
import subprocess
import sys

import pytest
import yaml

import harness
from harness import ROOT

COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = (ROOT / "Dockerfile").read_text()
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


@pytest.fixture(scope="module")
def compose():
    """docker-compose.yml where none of its variables is set."""
    text = re.sub(r"(?<!\$)\$\{\w+:-([^}]*)\}", r"\1", COMPOSE.read_text())
    return yaml.safe_load(text)


@pytest.fixture
def notifyd(compose, folder):
    """A command with the configuration that the service notifyd gets: its environment, the secrets in our folder."""
    secrets = folder / "secrets"
    make_secrets(secrets)

    def run(*arguments, override=None):
        given = {**compose["services"]["notifyd"]["environment"], **(override or {})}
        variables = {name: value.replace("/run/secrets", str(secrets)) for name, value in given.items()}
        outcome = harness.notifyd(*arguments, variables=variables, folder=folder)
        assert outcome.status == 0, outcome
        return outcome

    return run


def make_secrets(folder):
    return subprocess.run([ROOT / "scripts/compose-secrets", folder], check=True, capture_output=True, text=True).stdout


def effective(notifyd):
    return {row["key"]: row["value"] for row in notifyd("config", "--json").json()}


def seconds(duration):
    number, unit = re.fullmatch(r"(\d+)(s|m)", duration).groups()
    return int(number) * {"s": 1, "m": 60}[unit]


def size(text):
    number, unit = re.fullmatch(r"(\d+)([KMG]?)", text).groups()
    return int(number) * UNITS[unit]


def packages(stage):
    """What a stage of the Dockerfile installs."""
    command = re.search(r"apt-get install [^\\]*\\\n((?: {8}[a-z0-9.+ -]+\\\n)+)", stage).group(1)
    return set(command.replace("\\", " ").split())


def stages():
    build, runtime = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[1:]
    return build, runtime


def check_schema(file):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


# docker-compose.yml


def test_it_is_valid_by_the_compose_specification():
    done = check_schema(COMPOSE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_misspelt_key_would_not_be(folder):
    wrong = folder / "docker-compose.yml"
    wrong.write_text(COMPOSE.read_text().replace("stop_grace_period", "stop_grace_time"))
    assert "stop_grace_time" in check_schema(wrong).stdout


def test_every_image_has_a_version_that_does_not_move(compose):
    for name, service in compose["services"].items():
        assert re.search(r":v?\d+\.\d+(\.\d+)?(-[a-z]+)?$", service["image"]), f"{name}: {service['image']}"
    assert re.search(r"^ARG SWIFT_IMAGE=\S+:\d+\.\d+\.\d+-bookworm$", DOCKERFILE, re.MULTILINE)
    assert re.search(r"^ARG RUNTIME_IMAGE=\S+:bookworm-slim$", DOCKERFILE, re.MULTILINE)


def test_its_comment_names_the_versions_that_it_has(compose):
    comment = dict(re.findall(r"^#   (rabbitmq|postgres|mailpit|jaeger) (\S+)", COMPOSE.read_text(), re.MULTILINE))
    images = {name: compose["services"][name]["image"].rpartition(":")[2].split("-")[0] for name in comment}
    assert len(comment) == 4 and images == comment


def test_its_configuration_is_known_and_consistent(notifyd):
    assert re.search(r"^catalogue +ok", notifyd("check", "--offline").output, re.MULTILINE)
    values = effective(notifyd)
    assert values["rabbitmq.url"].endswith("@rabbitmq:5672/%2F") and "@postgres:5432/" in values["database.url"]
    assert values["smtp.url"] == "smtp://mailpit:1025"


def test_the_documented_override_is_valid_and_makes_it_send_by_a_real_server(notifyd, folder):
    text = (ROOT / "docs/containers.md").read_text().split("```yaml\n")[1].split("```")[0]
    file = folder / "docker-compose.override.yml"
    file.write_text(text)
    assert check_schema(file).returncode == 0
    (folder / "secrets/smtp_password").write_text("secret\n")
    override = yaml.safe_load(text)["services"]["notifyd"]["environment"]
    values = {row["key"]: row["value"] for row in notifyd("config", "--json", override=override).json()}
    assert (values["smtp.url"], values["smtp.startTls"]) == ("smtp://mail.ourco.example:587", "require")
    assert values["smtp.password"] != "secret"


def test_its_telemetry_variables_are_documented(compose):
    known = (ROOT / "docs/configuration.md").read_text()
    names = [name for name in compose["services"]["notifyd"]["environment"] if not name.startswith("NOTIFYD_")]
    assert names and all(f"`{name}`" in known for name in names)


def test_no_secret_is_in_its_environment(compose):
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD(_FILE)?$|KEY|TOKEN|(RABBITMQ|DATABASE)_URL", variable):
                assert variable.endswith("_FILE") and value.startswith("/run/secrets/"), f"{name}: {variable}"
                assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_variables_of_the_file_itself_are_none_of_notifyds(compose, notifyd):
    """A shell that has them set would otherwise keep `notifyd` from running there."""
    variables = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE.read_text()))
    known = compose["services"]["notifyd"]["environment"]
    assert "IMAGE_NOTIFYD" in variables
    assert [name for name in variables if name.startswith("NOTIFYD_") and name not in known] == []


def test_the_daemon_may_drain_before_it_is_killed(compose, notifyd):
    drain = seconds(effective(notifyd)["shutdown.drain"])
    assert seconds(compose["services"]["notifyd"]["stop_grace_period"]) >= drain + 5


def test_what_it_may_prefetch_fits_into_half_its_memory(compose, notifyd):
    most = int(effective(notifyd)["rabbitmq.prefetch"]) * (1 << 20)  # an event has at most 1 MiB
    assert most <= size(compose["services"]["notifyd"]["deploy"]["resources"]["limits"]["memory"]) / 2


def test_everything_waits_for_what_it_needs_to_be_healthy(compose):
    services = compose["services"]
    conditions = {name: entry["condition"] for name, entry in services["notifyd"]["depends_on"].items()}
    assert conditions == {"rabbitmq": "service_healthy", "postgres": "service_healthy", "mailpit": "service_healthy",
                          "jaeger": "service_started"}
    assert services["samples"]["depends_on"] == {"notifyd": {"condition": "service_healthy"}}
    for name in ("rabbitmq", "postgres", "mailpit", "notifyd"):
        check = services[name]["healthcheck"]
        assert check["test"][0] == "CMD" and seconds(check["start_period"]) >= 10, name


def test_the_health_check_is_a_command_of_notifyd_and_reaches_it_where_others_do_too(compose, notifyd):
    for command in (compose["services"]["notifyd"]["healthcheck"]["test"][1:],
                    json.loads(re.search(r"^HEALTHCHECK .* CMD (\[.*\])$", DOCKERFILE, re.MULTILINE).group(1))):
        assert command == ["notifyd", "status"]
        notifyd(*command[1:], "--help")
    assert effective(notifyd)["http.listen"] == ":9464", "every address"


def test_ports_are_on_loopback_only(compose):
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert len(ports) >= 6
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in ports), ports


def test_every_service_is_limited_and_comes_back(compose):
    for name, service in compose["services"].items():
        limits = service["deploy"]["resources"]["limits"]
        assert size(limits["memory"]) >= 256 << 20 and float(limits["cpus"]) > 0, name
        assert service["restart"] == ("no" if name == "samples" else "unless-stopped"), name
        assert "no-new-privileges:true" in service["security_opt"] and service["logging"]["options"]["max-size"], name
    for name in ("notifyd", "samples"):
        assert compose["services"][name]["read_only"] is True and compose["services"][name]["cap_drop"] == ["ALL"]


def test_every_volume_and_secret_is_used_and_declared(compose):
    services = compose["services"].values()
    named = {volume.split(":")[0] for service in services for volume in service.get("volumes", [])}
    assert {name for name in named if not name.startswith("./")} == set(compose["volumes"])
    assert all((ROOT / name).is_file() for name in named if name.startswith("./"))
    used = {entry if isinstance(entry, str) else entry["source"] for service in services
            for entry in service.get("secrets", [])}
    assert used == set(compose["secrets"])


def test_the_samples_are_those_of_every_built_in_type(compose):
    script = compose["services"]["samples"]["command"][0]
    types = re.search(r"for type in (.*); do", script).group(1).split()
    built_in = [path.name for path in (ROOT / "Sources/Pipeline/BuiltInCatalogue").iterdir() if "." in path.name]
    assert sorted(types) == sorted(built_in)
    assert compose["services"]["samples"]["profiles"] == ["samples"]
    done = subprocess.run(["/bin/sh", "-nc", script.replace("$$", "$")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# its secrets


def test_secrets_are_made_once_as_the_services_expect_them(compose, folder):
    made = make_secrets(folder / "secrets")
    files = {path.name: path for path in (folder / "secrets").iterdir()}
    assert set(files) == set(compose["secrets"]) and len(made.splitlines()) == len(files)
    before = {name: path.read_text() for name, path in files.items()}
    assert make_secrets(folder / "secrets") == "", "a second run changes nothing"
    assert {name: path.read_text() for name, path in files.items()} == before
    files["rabbitmq_url"].unlink()
    make_secrets(folder / "secrets")
    assert files["rabbitmq_url"].read_text() == before["rabbitmq_url"], "made of the password that is there"
    assert oct((folder / "secrets").stat().st_mode & 0o777) == "0o700", "nobody else gets there"
    assert {oct(path.stat().st_mode & 0o777) for path in files.values()} == {"0o444"}, "the containers' users may read"


def test_secrets_get_into_neither_repository_nor_image(compose):
    for secret in compose["secrets"].values():
        path = secret["file"].removeprefix("./")
        done = subprocess.run(["git", "check-ignore", "--quiet", path], cwd=ROOT)
        assert done.returncode == 0, f"{path} is not ignored by git"
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*" and not [line for line in lines if "deploy" in line]


# the Dockerfile


def test_the_image_has_the_version_of_the_program(compose, notifyd):
    version = notifyd("--version").output.split()[-1]
    assert f"\nARG VERSION={version}\n" in DOCKERFILE
    assert compose["services"]["notifyd"]["image"] == f"notifyd:{version}"


def test_it_builds_with_the_packages_that_a_checkout_builds_with():
    listed = (ROOT / "scripts/packages.txt").read_text().split("# to build\n")[1].split("\n\n")[0].split()
    assert packages(stages()[0]) == set(listed)


def test_it_copies_what_the_build_reads_and_ignores_the_rest():
    lines = re.findall(r"^COPY (.*) \S+$", stages()[0], re.MULTILINE)
    copied = {word for line in lines for word in line.split()}
    let_in = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert copied == let_in == {"Package.swift", "Plugins", "Sources", "Tests"}


def test_it_installs_each_library_that_the_program_is_linked_to():
    """By the package that this Debian has it from; Swift's own are in the program as the image has it."""
    listed = subprocess.run(["ldd", harness.program.notifyd_path()], capture_output=True, text=True, check=True).stdout
    needed = re.findall(r"NEEDED +(\S+)", subprocess.run(
        ["objdump", "-p", harness.program.notifyd_path()], capture_output=True, text=True, check=True).stdout)
    paths = [path for name, path in re.findall(r"(\S+) => (/\S+)", listed) if name in needed and "swift" not in path]
    assert len(paths) >= 6
    installed = packages(stages()[1])
    for path in paths:
        search = ["dpkg", "-S", "*" + path.rpartition("/")[2]]
        owners = subprocess.run(search, capture_output=True, text=True, check=True).stdout.splitlines()
        names = {line.split(":")[0] for line in owners}
        assert names & (installed | {"libc6", "libgcc-s1"}), f"{path} is of {names}, which the image has not"


def test_it_runs_as_a_number_that_is_not_root_and_is_stopped_by_a_drain():
    runtime = stages()[1]
    assert re.search(r"^USER [1-9]\d+:[1-9]\d+$", runtime, re.MULTILINE)
    assert "\nSTOPSIGNAL SIGTERM\n" in runtime and '\nENTRYPOINT ["notifyd"]\nCMD ["run"]\n' in runtime
    for label in ("title", "description", "version", "revision", "licenses"):
        assert f"org.opencontainers.image.{label}=" in runtime
