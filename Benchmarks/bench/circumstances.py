"""When, of what and where something was measured: figures without it are worth nothing."""

import os
import pathlib
import platform
import subprocess
import time

from harness.program import ROOT


def circumstances():
    """One line: date, commit, cores, kernel, and how busy the machine was before."""
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    machine = f"{os.cpu_count()} × {_processor()}, Linux {platform.release()}"
    return f"{when}, commit {_commit()}, {machine}, load before {os.getloadavg()[0]:.1f}"


def _commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def _processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
