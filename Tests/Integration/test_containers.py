"""The Dockerfile is built, and docker-compose.yml runs, servers that stand in for the official images around it.

`make container-test` runs these; they take minutes, root's rights and some gigabytes for as long.
"""

import json
import os
import re

import pytest

import containers
from harness import ROOT, Workspace, wait_until

pytestmark = pytest.mark.skipif(
    not os.environ.get("NOTIFYD_TEST_CONTAINERS"), reason="takes minutes and root's rights: make container-test"
)
STAND_INS = {"rabbitmq": "trixie", "postgres": "bookworm", "mailpit": "bookworm", "jaeger": "bookworm"}
TYPES = ["payment.completed", "payment.failed", "user.password-reset", "user.signup"]
MANY = 4000


@pytest.fixture(scope="module")
def store():
    missing = containers.missing_programs()
    if missing:
        pytest.fail(f"missing: apt-get install --no-install-recommends {' '.join(missing)}")
    if os.geteuid() != 0:
        pytest.fail("needs root's rights, for debootstrap and the containers' networks")
    with Workspace() as workspace, containers.ImageStore(workspace.folder("containers")) as store:
        yield store


@pytest.fixture(scope="module")
def bases(store):
    return {series: containers.debian(store, series) for series in ("bookworm", "trixie")}


@pytest.fixture(scope="module")
def image(store, bases):
    """notifyd's image by its Dockerfile; NOTIFYD_TEST_CONTAINER_PROGRAM is taken instead of compiling, if given."""
    program = os.environ.get("NOTIFYD_TEST_CONTAINER_PROGRAM")
    name = "localhost/notifyd:test"
    store.build(
        ROOT,
        name,
        arguments={"SWIFT_IMAGE": containers.swift(store, bases["bookworm"]), "RUNTIME_IMAGE": bases["bookworm"]},
        mounts=containers.toolchain(store, program),
        timeout=3600,
    )
    return name


@pytest.fixture(scope="module")
def project(store, bases, image):
    images = {"notifyd": image}
    for service, series in STAND_INS.items():
        images[service] = f"localhost/notifyd-test/{service}"
        store.build(ROOT / "Tests/Integration/containers" / service, images[service], arguments={"BASE": bases[series]})
    with Workspace() as workspace, containers.Project(store, workspace.folder("project"), images) as project:
        yield project


def settled(project, *filters):
    """The audit log, newest first, a dictionary a row."""
    return [json.loads(line) for line in project.notifyd("log", "--json", *filters).splitlines()]


def publish(project, event_type, count=1, **fields):
    """Its sample, other fields in it, each with an id of its own."""
    sample = ROOT / "Sources/Pipeline/BuiltInCatalogue" / event_type / "samples/default.json"
    data = {**json.loads(sample.read_text()), **fields}
    project.notifyd("publish", event_type, "--data", json.dumps(data), "--count", str(count))


def run_beside(project, script):
    """A shell script in a container of its own, with the daemon's image and settings."""
    return project.compose("--profile", "samples", "run", "--rm", "--no-deps", "samples", script)


def waiting(project):
    """Messages in the queue, those in hand counted."""
    listed = ["rabbitmqctl", "--quiet", "list_queues", "name", "messages"]
    lines = project.store.output("exec", project.container("rabbitmq"), *listed).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("notifications.events	"))


def test_the_image_says_what_it_is_and_how_it_is_run(store, image):
    settings = json.loads(store.output("image", "inspect", image))[0]
    config = settings["Config"]
    assert config["User"] == "65532:65532", "a number, and not root's"
    assert config["Entrypoint"] == ["notifyd"] and config["Cmd"] == ["run"]
    assert config["StopSignal"] == "SIGTERM"
    assert settings["Healthcheck"]["Test"] == ["CMD", "notifyd", "status"]
    version = store.output("run", "--rm", "--network=none", image, "--version").split()[-1]
    assert config["Labels"]["org.opencontainers.image.version"] == version
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_the_image_holds_what_notifyd_needs_and_no_compiler(store, image):
    def inside(script):
        return store.output("run", "--rm", "--user=0", "--network=none", "--entrypoint=sh", image, "-euc", script)

    assert "not found" not in inside("ldd /usr/bin/notifyd")
    assert inside("command -v gcc swift git pkg-config || true") == ""
    assert inside("find / -xdev -name '*.swift' -o -xdev -name 'libswift*.so'") == ""
    alone = ["run", "--rm", "--read-only", "--network=none", "--env=NOTIFYD_EMAIL_PROVIDERS=file"]
    assert re.search(r"^catalogue +ok ", store.output(*alone, image, "check", "--offline"), re.MULTILINE)


def test_it_runs_without_rights_on_a_read_only_root_within_its_limits(project):
    status = project.shell("notifyd", "cat /proc/1/status")
    field = dict(re.findall(r"^(\w+):\s+(.*)$", status, re.MULTILINE))
    assert field["Uid"].split() == ["65532"] * 4 and field["Gid"].split() == ["65532"] * 4
    assert {field[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert field["NoNewPrivs"] == "1"
    assert project.shell("notifyd", "if touch /etc/x /usr/x /var/x 2>/dev/null; then echo written; fi") == ""
    project.shell("notifyd", "touch /tmp/x /var/lib/notifyd/x && rm /tmp/x /var/lib/notifyd/x")
    limits = json.loads(project.store.output("inspect", project.container("notifyd")))[0]["HostConfig"]
    assert limits["Memory"] == 512 * 1024 * 1024 and limits["PidsLimit"] == 128 and limits["NanoCpus"] == 10**9


def test_no_secret_is_in_environment_or_command_of_a_container(project):
    secrets = [path.read_text().strip() for path in project.secrets.iterdir()]
    passwords = {match for text in secrets for match in re.findall(r"[A-Za-z0-9+/]{40,}=?", text)}
    assert len(passwords) >= 5
    for service in ("notifyd", "rabbitmq", "postgres"):
        shown = project.store.output("inspect", project.container(service)) + project.logs(service)
        assert not [password for password in passwords if password in shown], f"{service} shows one"


def test_ports_are_published_on_loopback_only(project):
    for service in ("notifyd", "rabbitmq", "postgres", "mailpit", "jaeger"):
        published = project.store.output("port", project.container(service)).split("\n")
        assert all(line.split("-> ")[1].startswith("127.0.0.1:") for line in published if line), published


def test_the_database_role_is_no_superuser_and_owns_its_database_alone(project):
    url = (project.secrets / "database_url").read_text().strip()
    query = "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    assert project.shell("postgres", f"psql -XAt '{url}' -c '{query}'") == "f|f|f\n"


def test_the_samples_become_mails_audit_rows_and_traces(project):
    before = project.mails()
    project.compose("--profile", "samples", "run", "--rm", "--no-deps", "samples")
    wait_until(lambda: project.mails() >= before + len(TYPES), 30, lambda: project.logs("notifyd")[-3000:])
    rows = settled(project)
    assert sorted(row["event_type"] for row in rows if row["status"] == "sent") == TYPES
    wait_until(
        lambda: "POST /v1/traces application/x-protobuf" in project.logs("jaeger"), 30, "spans arrive at the collector"
    )


def test_an_sms_becomes_a_file_in_the_volume(project):
    publish(project, "payment.completed", paymentId="sms-1", preferredChannel="sms")
    wait_until(lambda: "sms-1" in project.shell("notifyd", "cat outbox/sms/* 2>/dev/null || true"), 30, "the SMS")


def test_the_health_check_follows_the_broker(project):
    project.store.podman("stop", "--time=60", project.container("rabbitmq"))
    wait_until(lambda: not project.is_healthy("notifyd"), 60, "notifyd is unhealthy without its broker")
    project.store.podman("start", project.container("rabbitmq"))
    project.wait_until_healthy("notifyd", timeout=180)


def test_sigterm_to_the_first_process_drains_and_nothing_is_lost_or_sent_twice(project):
    """As process 1 of a container, for which the kernel ignores signals that nobody handles."""
    before = project.mails()
    project.compose("stop", "notifyd")
    run_beside(project, f"notifyd publish payment.failed --sample --count {MANY}")
    project.store.podman("start", project.container("notifyd"))
    wait_until(lambda: project.mails() > before, 60, "the first of them is sent")
    project.compose("stop", "notifyd")
    state = json.loads(project.store.output("inspect", project.container("notifyd")))[0]["State"]
    assert state["ExitCode"] == 0, "it ended by itself, before the grace period was over"
    messages = [json.loads(line)["message"] for line in project.logs("notifyd").splitlines() if line.startswith("{")]
    last_run = messages[len(messages) - messages[::-1].index("starting") :]
    assert "draining" in last_run and last_run[-1] == "stopped"
    assert before < project.mails() < before + MANY, "it was stopped in the middle of its work"
    project.store.podman("start", project.container("notifyd"))
    project.wait_until_healthy("notifyd")
    wait_until(lambda: waiting(project) == 0, 120, "the queue is empty")
    rows = settled(project, "--type", "payment.failed", "--limit", str(2 * MANY))
    assert {row["status"] for row in rows} == {"sent"}
    assert project.mails() - before == MANY


def test_new_containers_find_the_old_data(project):
    rows = len(settled(project))
    project.compose("down")
    project.start()
    assert len(settled(project)) == rows
