"""The units of deploy/systemd, as systemd itself reads them."""

import re
import subprocess

import pytest

from harness import ROOT
from harness.program import notifyd_path

FOLDER = ROOT / "deploy/systemd"
UNITS = ["notifyd.service", "notifyd@.service", "notifyd.target"]
# How `systemd-analyze security` rates: 0 is safe, 100 is not; 15 is shown as 1.5.
MOST_EXPOSED = 15


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def directives(name):
    """The lines that say something, each with its section before it."""
    section = ""
    found = []
    for line in (FOLDER / name).read_text().splitlines():
        if line.startswith("["):
            section = line
        elif line and not line.startswith("#"):
            found.append(f"{section} {line}")
    return found


@pytest.fixture
def units(folder):
    """Where the program is where we have it: systemd wants to see it."""
    for name in UNITS:
        text = (FOLDER / name).read_text().replace("/usr/bin/notifyd", str(notifyd_path()))
        (folder / name).write_text(text)
    return [folder / name for name in UNITS]


def test_systemd_has_nothing_to_say_about_them(units):
    done = analyze("verify", *units)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_would_say_what_is_wrong_with_them(units):
    """The one above can fail."""
    units[0].write_text(units[0].read_text().replace("WatchdogSec=30s", "WatchdogSec=often"))
    assert "Failed to parse" in analyze("verify", *units).stderr


@pytest.mark.parametrize("name", UNITS[:2])
def test_the_sandbox_is_tight(name):
    done = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", FOLDER / name)
    assert done.returncode == 0, done.stdout


def test_a_looser_sandbox_would_be_seen(folder):
    text = (FOLDER / "notifyd.service").read_text()
    loose = folder / "notifyd.service"
    loose.write_text(re.sub(r"^(SystemCallFilter|PrivateUsers|CapabilityBoundingSet)=.*$", "", text, flags=re.M))
    assert analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", loose).returncode != 0


def test_the_instances_differ_from_the_one_service_in_what_is_the_instance_s_own_and_nothing_else():
    as_one = []
    for line in directives("notifyd@.service"):
        if line.endswith("=notifyd.target") and not line.startswith("[Install]"):
            continue  # PartOf=, ReloadPropagatedFrom=
        line = line.replace("/etc/notifyd/%i.yaml", "/etc/notifyd/notifyd.yaml").removesuffix(" (%i)")
        line = re.sub(r"LoadCredential=(\w+):%i\.\1$", r"LoadCredential=\1", line)
        as_one.append(line.replace("WantedBy=notifyd.target", "WantedBy=multi-user.target"))
    assert as_one == directives("notifyd.service")
