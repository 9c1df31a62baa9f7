"""A booted Debian 12: systemd as the first process, the network ours."""

import pathlib
import signal

from .debian12 import Debian12
from .deadlines import wait_until
from .processes import ChildProcess, descendants, environment

_BOOTED = ("running", "degraded")


class Machine(Debian12):
    """A Debian 12 under its own systemd; its loopback is ours, so that it reaches the servers of the tests."""

    def __init__(self, folder, original=None):
        super().__init__(folder, original)
        self.console = self.root.with_name(f"{self.root.name}.console")
        self._process = None
        self._init = None

    def start(self):
        self._process = ChildProcess(
            ["systemd-nspawn", "--register=no", "--keep-unit", "--boot", f"--directory={self.root}"],
            environment=environment(),
            log=self.console,
        )
        wait_until(self._has_booted, 60, lambda: f"Debian boots\n{self._process.log_tail()}")

    def stop(self):
        """Shuts it down in order."""
        if self._process and self._process.is_running:
            self._process.stop(signal.SIGTERM, timeout=60)
        self._process = None

    def systemctl(self, *arguments, **options):
        return self.run("systemctl", *arguments, **options)

    def property(self, unit, name):
        """What systemd knows of a unit: `property("notifyd", "StatusText")`."""
        return self.systemctl("show", unit, f"--property={name}", "--value").strip()

    def there(self, *command):
        """The command line that runs a command in it."""
        return [*self._there(), *map(str, command)]

    def _has_booted(self):
        # Until the container's first process is systemd, its namespaces may still be ours.
        found = [pid for pid in descendants(self._process.pid) if _is_systemd(pid)]
        if not found:
            return False
        self._init = found[0]
        return self.run("systemctl", "is-system-running", status=None).strip() in _BOOTED

    def _there(self):
        return ["nsenter", f"--target={self._init}", "--all", "--"]

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()


def _is_systemd(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/exe").readlink().name == "systemd"
    except OSError:
        return False
