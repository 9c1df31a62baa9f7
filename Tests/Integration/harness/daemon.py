"""notifyd under test: the daemon, and its commands as a user types them."""

import dataclasses
import json
import pathlib
import signal
import subprocess
import threading
import time

from .deadlines import wait_until
from .processes import ChildProcess, environment
from .program import notifyd_path


def settings(broker, database, outbox=None, **more):
    """The environment for notifyd: where its servers are, and further NOTIFYD_… or OTEL_… variables.

    With `outbox`, emails and SMS become files there.
    """
    variables = {"NOTIFYD_RABBITMQ_URL": broker, "NOTIFYD_DATABASE_URL": database}
    if outbox:
        variables |= {
            "NOTIFYD_EMAIL_PROVIDERS": "file",
            "NOTIFYD_SMS_PROVIDERS": "file",
            "NOTIFYD_FILE_PATH": str(outbox),
        }
    return variables | {name: str(value) for name, value in more.items()}


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What a command did."""

    status: int
    output: str
    errors: str

    def json(self):
        """Its output with --json: an object a line."""
        return [json.loads(line) for line in self.output.splitlines() if line.strip()]


def notifyd(*arguments, variables=None, stdin="", timeout=60, folder=None, within=()):
    """Runs one command of notifyd to its end; `within` a command that runs it."""
    done = subprocess.run(
        [*within, notifyd_path(), *map(str, arguments)],
        env=environment(**(variables or {})),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=folder,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


class Daemon:
    """`notifyd run` with these settings in a folder of its own; its log lines are read as they come.

    Leaving the `with` ends it. `process` has pid, memory and processor time. `within`: a command that runs the daemon,
    whose own command line follows, as its own process (nice, unshare …).
    """

    def __init__(self, variables, folder, arguments=(), within=()):
        self.variables = {"NOTIFYD_LOG_FORMAT": "json", **variables}
        self.folder = pathlib.Path(folder)
        self.arguments = arguments
        self.within = within
        self.lines = []  # dictionaries, in order
        self.arrived = []  # when each of them was read: seconds since 1970
        self.other_output = []  # what is no JSON: should stay empty
        self.process = None
        self._reader = None

    def start(self, until="consuming", timeout=30):
        """Starts it and waits for that message; None: does not wait."""
        since = len(self.lines)
        self.process = ChildProcess(
            [*self.within, notifyd_path(), "run", *self.arguments],
            environment=environment(**self.variables),
            folder=self.folder,
            log=self.folder / "daemon.errors",
            stdout=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, args=(self.process.popen.stdout,), daemon=True)
        self._reader.start()
        if until:
            self.wait_for(until, timeout=timeout, since=since)
        return self

    def wait_for(self, message, timeout=15, since=0, count=1, **fields):
        """Waits for the log line with that message and these fields, `count` times; returns the last of them.

        `since`: only lines from that index on, see `mark`.
        """

        def found():
            lines = self.find(message, since, **fields)
            if len(lines) >= count:
                return lines[count - 1]
            if self.process and not self.process.is_running and not self._reader.is_alive():
                raise AssertionError(f"notifyd ended with {self.process.exit_code}\n{self.tail()}")
            return None

        return wait_until(found, timeout, lambda: f"log line {message!r} {fields or ''}\n{self.tail()}")

    def find(self, message, since=0, **fields):
        """The log lines with that message and these fields."""
        return [
            line
            for line in self.lines[since:]
            if (message is None or line.get("message") == message)
            and all(line.get(name) == value for name, value in fields.items())
        ]

    def mark(self):
        """The index of the next log line, for `since`."""
        return len(self.lines)

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, timeout=40):
        """Asks it to drain and end. Returns its exit code, once all its lines are read."""
        self.send_signal(number)
        return self.wait(timeout)

    def wait(self, timeout=40):
        """Waits until it ends by itself. Returns its exit code, once all its lines are read."""
        try:
            return self.process.wait(timeout)
        finally:
            if not self.process.is_running:
                self._reader.join(5)

    def kill(self):
        """Ends it as a crash does."""
        self.process.kill()
        self._reader.join(5)

    def tail(self, count=15):
        """The end of its output, for error messages."""
        lines = [json.dumps(line, ensure_ascii=False) for line in self.lines[-count:]]
        return "\n".join([*lines, *self.other_output[-count:], self.process.log_tail() if self.process else ""])

    @property
    def errors(self):
        """What it wrote to standard error."""
        path = self.folder / "daemon.errors"
        return path.read_text() if path.exists() else ""

    def _read(self, stream):
        with stream:
            for raw in stream:
                text = raw.decode(errors="replace").rstrip("\n")
                try:
                    line = json.loads(text)
                except ValueError:
                    line = None
                if isinstance(line, dict):
                    self.arrived.append(time.time())
                    self.lines.append(line)
                elif text:
                    self.other_output.append(text)

    def __enter__(self):
        if self.process is None:
            self.start()
        return self

    def __exit__(self, *_):
        if self.process and self.process.is_running:
            self.process.stop(timeout=10)
        if self._reader:
            self._reader.join(5)
