"""The Debian package in a fresh Debian 12: what it brings, keeps and leaves (docs/packaging.md)."""

import gzip
import json
import re
import subprocess

import pytest

from harness import Debian12, Workspace, debian12_root, package_path
from helpers.packages import NEXT, next_version

pytestmark = pytest.mark.skipif(
    not (debian12_root() and package_path()), reason="no package, or no Debian to install it in: run make package-test"
)
CONFIGURATION = "/etc/notifyd/notifyd.yaml"


@pytest.fixture(scope="module")
def place():
    with Workspace() as workspace:
        yield workspace.path


@pytest.fixture(scope="module")
def installed(place):
    """A Debian with the package in it; look, do not change."""
    debian = Debian12(place / "installed")
    debian.run("apt-get", "update")
    debian.install(package_path())
    debian.run("apt-get", "clean")
    return debian


@pytest.fixture
def debian(installed, place, request):
    """A copy of it, to be changed."""
    copy = Debian12(place / request.node.name, installed.root)
    yield copy
    subprocess.run(["rm", "-r", copy.root], check=True)


def version(debian):
    return debian.run("dpkg-query", "--show", "--showformat=${Version} ${db:Status-Status}", "notifyd")


def test_it_installs_with_what_it_needs_from_debian_and_runs(installed):
    assert installed.run("notifyd", "--version").strip() == version(installed).partition(" ")[0]
    assert version(installed).endswith(" installed")
    assert "not found" not in installed.run("ldd", "/usr/bin/notifyd")


def test_every_library_that_it_is_linked_with_is_of_a_package_that_it_depends_on(installed):
    depends = installed.run("dpkg-query", "--show", "--showformat=${Depends}", "notifyd")
    command = ["readelf", "--dynamic", installed.path("/usr/bin/notifyd")]
    dynamic = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    libraries = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    assert len(libraries) > 5, dynamic
    for library in libraries:
        [owner] = {line.partition(":")[0] for line in installed.run("dpkg", "--search", f"*/{library}").splitlines()}
        assert re.search(rf"(^|, ){re.escape(owner)}( |,|$)", depends), f"{library} of {owner}: {depends}"


def test_without_a_sender_it_says_what_is_missing_and_that_is_all_that_is_wrong(debian):
    said = debian.run("notifyd", "check", "--offline", status=78)
    assert said.startswith("notifyd: email.from:") and len(said.splitlines()) == 1
    with open(debian.path(CONFIGURATION), "a") as file:
        file.write("email:\n  from: a@example.com\n")
    debian.run("notifyd", "check", "--offline")


def test_every_line_that_the_configuration_suggests_is_a_good_one(debian):
    text = debian.path(CONFIGURATION).read_text()
    suggested = re.sub(r"^#(?=\S|  \S)", "", text, flags=re.M)
    assert suggested.count("\n  ") >= 5, suggested
    debian.write(CONFIGURATION, suggested)
    debian.write("/etc/credstore/notifyd_smtp_password", "secret", mode=0o600)
    debian.run("cp", "--recursive", "/usr/share/notifyd/catalogue", "/etc/notifyd/catalogue")
    debian.run("env", "CREDENTIALS_DIRECTORY=/etc/credstore", "notifyd", "check", "--offline")


def test_the_catalogue_that_it_brings_is_the_one_built_in(installed):
    render = ("NOTIFYD_EMAIL_FROM=a@example.com", "notifyd", "render", "payment.completed", "--locale", "de", "--json")
    built_in = installed.run("env", *render)
    brought = installed.run("env", "NOTIFYD_CATALOGUE_PATH=/usr/share/notifyd/catalogue", *render)
    versions = [json.loads(line)["template_version"] for line in built_in.splitlines()]
    assert len(versions) == 2 and versions == [json.loads(line)["template_version"] for line in brought.splitlines()]


def test_the_manual_page_has_every_command_and_option(installed):
    page = gzip.decompress(installed.path("/usr/share/man/man1/notifyd.1.gz").read_bytes()).decode()
    program = json.loads(installed.run("notifyd", "--experimental-dump-help"))["command"]

    def check(command, path):
        inner = [each for each in command.get("subcommands", []) if each["commandName"] != "help"]
        for each in inner:
            check(each, (*path, each["commandName"]))
        if path and not inner:
            assert f'.SS "{" ".join(path)}"\n' in page
        for argument in command.get("arguments", []):
            for name in argument.get("names", []):
                if name["kind"] == "long" and argument["shouldDisplay"]:
                    assert "\\-\\-" + name["name"].replace("-", "\\-") + "\\fR" in page, (path, name)

    check(program, ())


def test_the_manual_of_the_configuration_and_the_example_have_every_key(installed):
    page = gzip.decompress(installed.path("/usr/share/man/man5/notifyd.yaml.5.gz").read_bytes()).decode()
    keys = [json.loads(line) for line in installed.run("notifyd", "config", "--reference", "--json").splitlines()]
    assert len(keys) > 40
    for key in keys:
        assert f"\\fB{key['key']}\\fR\n" in page
        assert key["environment"] in page and key["credential"] in page
    example = installed.path("/usr/share/doc/notifyd/examples/notifyd.yaml").read_text()
    assert example == installed.run("notifyd", "config", "--example")


@pytest.mark.parametrize(
    "path, beginning",
    [
        ("bash-completion/completions/notifyd", ""),
        ("zsh/vendor-completions/_notifyd", "#compdef notifyd\n"),
        ("fish/vendor_completions.d/notifyd.fish", ""),
    ],
)
def test_the_shells_complete_every_command(installed, path, beginning):
    script = installed.path(f"/usr/share/{path}").read_text()
    program = json.loads(installed.run("notifyd", "--experimental-dump-help"))["command"]
    assert script.startswith(beginning)
    for command in program["subcommands"]:
        assert re.search(rf"\b{command['commandName']}\b", script), command["commandName"]


def test_a_changed_configuration_stays_through_an_upgrade_and_nobody_is_asked(debian, folder):
    changed = debian.path(CONFIGURATION).read_text() + "email:\n  from: a@example.com\n"
    debian.write(CONFIGURATION, changed)
    debian.install(next_version(package_path(), folder))
    assert version(debian) == f"{NEXT} installed"
    assert debian.path(CONFIGURATION).read_text() == changed


def test_where_the_default_changed_too_the_administrators_stays_and_the_new_one_is_beside_it(debian, folder):
    changed = debian.path(CONFIGURATION).read_text() + "email:\n  from: a@example.com\n"
    debian.write(CONFIGURATION, changed)
    upgrade = next_version(package_path(), folder, configuration="# another default\n")
    debian.install(upgrade, "--option", "Dpkg::Options::=--force-confold")
    assert debian.path(CONFIGURATION).read_text() == changed
    assert debian.path(f"{CONFIGURATION}.dpkg-dist").read_text() == "# another default\n"


def test_a_configuration_that_nobody_changed_follows_the_package(debian, folder):
    debian.install(next_version(package_path(), folder, configuration="# another default\n"))
    assert debian.path(CONFIGURATION).read_text() == "# another default\n"


def test_removing_it_keeps_the_configuration_and_purging_it_leaves_nothing(place):
    debian = Debian12(place / "left")
    debian.run("apt-get", "update")
    debian.install_requirements(package_path())
    before = debian.files()
    debian.install(package_path())

    changed = debian.path(CONFIGURATION).read_text() + "email:\n  from: a@example.com\n"
    debian.write(CONFIGURATION, changed)
    debian.write("/etc/notifyd/second.yaml", changed)
    debian.write("/etc/default/notifyd@second", "OTEL_SDK_DISABLED=true\n")
    debian.write("/etc/credstore/notifyd_smtp_password", "secret", mode=0o600)
    debian.write("/etc/credstore/second.notifyd_smtp_password", "secret", mode=0o600)
    debian.write("/var/lib/private/notifyd@second/kept", "state")
    debian.run("systemctl", "enable", "notifyd.service", "notifyd.target", "notifyd@second.service")
    debian.run("apt-get", "remove", "--yes", "notifyd")
    assert not debian.path("/usr/bin/notifyd").exists()
    assert debian.path(CONFIGURATION).read_text() == changed
    assert debian.path("/etc/credstore/notifyd_smtp_password").exists()

    debian.run("apt-get", "purge", "--yes", "notifyd")
    left = debian.files() - before
    assert not left, sorted(left)


def test_purging_touches_no_one_elses_credentials(debian):
    debian.write("/etc/credstore/other_service_password", "secret", mode=0o600)
    debian.run("apt-get", "purge", "--yes", "notifyd")
    assert debian.path("/etc/credstore/other_service_password").read_text() == "secret"
