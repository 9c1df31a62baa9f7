"""notifyd as a service of a booted Debian, set up as docs/systemd.md says."""

import json
import subprocess

from .waiting import eventually
from .world import variable

CATALOGUE = "/etc/notifyd/catalogue"
CONFIGURATION = "/etc/notifyd/notifyd.yaml"
# What stands in no configuration file that others may read; as credentials.
_SECRET = ("database.url", "rabbitmq.url", "twilio.authToken")


class Service:
    """The unit `notifyd` on a machine, between the servers of a world."""

    def __init__(self, machine, world):
        self.machine, self.world = machine, world
        machine.path(CATALOGUE).mkdir(exist_ok=True)

    def configure(self, settings=()):
        """Configuration and credentials that point at the world."""
        chosen = {"catalogue.path": CATALOGUE, **self.world.settings(settings)}
        tree = {}
        for key, value in chosen.items():
            if key in _SECRET:
                self.machine.write(f"/etc/credstore/{variable(key).lower()}", value, mode=0o600)
                continue
            group, _, name = key.partition(".")
            tree.setdefault(group, {})[name] = value
        # JSON is YAML, too.
        self.machine.write(CONFIGURATION, json.dumps(tree, indent=2, default=str) + "\n")

    def start(self, settings=()):
        self.configure(settings)
        self.machine.systemctl("start", "notifyd", timeout=90)
        return self

    def begin(self, verb):
        """A `systemctl` that goes on meanwhile."""
        return subprocess.Popen(self.machine.there("systemctl", verb, "notifyd"))

    @property
    def pid(self):
        """Its process, as the machine counts."""
        return int(self.property("MainPID"))

    @property
    def status(self):
        """The line that `systemctl status` shows."""
        return self.property("StatusText")

    def property(self, name):
        return self.machine.property("notifyd", name)

    def process(self, file="status"):
        """What /proc says of its process, a dictionary."""
        lines = self.machine.run("cat", f"/proc/{self.pid}/{file}").splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def within(self, *command, status=0):
        """Runs a command as root where the process sees the file system."""
        return self.machine.run("nsenter", f"--target={self.pid}", "--mount", *command, status=status)

    def journal(self, since=0):
        """The lines that the program wrote: (priority, line), in order; `since` a mark."""
        entries = self.entries(since, "_COMM=notifyd")
        strange = [entry["MESSAGE"] for entry in entries if not str(entry["MESSAGE"]).startswith("{")]
        assert not strange, strange
        return [(int(entry["PRIORITY"]), json.loads(entry["MESSAGE"])) for entry in entries]

    def entries(self, since=0, *filters):
        """What the journal has of the unit, systemd's own entries included."""
        # By time and not by --after-cursor, which leaves one out when the cursor's own entry is filtered out.
        found = self._entries("--unit=notifyd", *filters)
        return [entry for entry in found if int(entry["__REALTIME_TIMESTAMP"]) > since]

    def wait_for(self, message, since=0, within=30):
        """The journal's first line with that message, once it is there."""

        def found():
            return next((line for _, line in self.journal(since) if line["message"] == message), None)

        return eventually(found, lambda: f"{message!r} in the journal; {self.tail()}", within=within)

    def mark(self):
        """Where the journal ends now."""
        return int(self._entries("--lines=1")[-1]["__REALTIME_TIMESTAMP"])

    def tail(self, lines=20):
        """The journal's end, for error messages."""
        return self.machine.run("journalctl", "--unit=notifyd", f"--lines={lines}", status=None)

    def close(self):
        self.machine.systemctl("stop", "notifyd", status=None)
        self.machine.systemctl("reset-failed", "notifyd", status=None)
        self.machine.run("rm", "--recursive", "--force", CATALOGUE)

    def _entries(self, *filters):
        shown = self.machine.run("journalctl", "--output=json", "--quiet", *filters)
        return [json.loads(line) for line in shown.splitlines()]
