"""One replica of the daemon, started again whenever it ends, as systemd would."""

import dataclasses
import signal

from harness import Daemon

MOST_WRONG_ENDS = 3  # then it is no use to start it again


@dataclasses.dataclass(frozen=True)
class CrashPoint:
    """The daemon kills itself when it passes `step` for the `after`-th time (debug builds only)."""

    step: str
    after: int

    def __str__(self):
        return f"crash at {self.step}, the {self.after}. time"


class Replica:
    """Its daemon, and the crash points it has yet to meet."""

    def __init__(self, name, variables, folder, timeline, site):
        self.name, self.site, self.timeline = name, site, timeline
        self.folder = folder
        folder.mkdir()
        self.variables = dict(variables)
        self.daemon = Daemon(self.variables, folder)
        self.crash_points = []  # met one after the other, each by a process of its own
        self.met = []
        self.wrong_ends = []  # what no fault explains
        self._armed = None
        self._signals = 0  # SIGTERMs to the present process
        self._first_line = 0  # of its log
        self._is_killed = self._is_frozen = False

    def start(self):
        """Starts it; its next crash point goes with it."""
        self._armed = self.crash_points.pop(0) if self.crash_points else None
        crash = {"CRASH_AT": self._armed.step, "CRASH_AFTER": str(self._armed.after)} if self._armed else {}
        self.daemon.variables = {"NOTIFYD_LOG_FORMAT": "json", **self.variables, **crash}
        first_line = self.daemon.mark()
        self.daemon.start(until=None)
        self._signals = 0
        self._first_line = first_line
        self._is_killed = self._is_frozen = False
        self._note(f"started as {self.daemon.process.pid}" + (f", to {self._armed}" if self._armed else ""))

    @property
    def is_to_crash(self):
        """Whether a crash point is yet to be met."""
        return bool(self.crash_points or (self._armed and not self._is_killed))

    def arm(self, crash_point):
        """From its next start on: that is brought about by a drain."""
        self.crash_points.append(crash_point)

    def supervise(self):
        """Starts it again when it has ended."""
        if self.daemon.process.is_running:
            return
        # Its last lines may still be on their way; they are not to be taken for the next process's first.
        self._judge(self.daemon.wait())
        if len(self.wrong_ends) > MOST_WRONG_ENDS:
            raise AssertionError("\n".join(self.wrong_ends))
        self.start()

    def kill(self):
        self._is_killed = True
        self.daemon.send_signal(signal.SIGKILL)

    def drain(self):
        self._signals += 1
        self.daemon.send_signal(signal.SIGTERM)

    def reload(self):
        """Where it has come so far as to understand: systemd asks for no reload of what is not ready, either."""
        if self.daemon.find("starting", since=self._first_line):
            self.daemon.send_signal(signal.SIGHUP)

    def freeze(self):
        self._is_frozen = True
        self.daemon.process.freeze()

    def thaw(self):
        if self._is_frozen:
            self._is_frozen = False
            self.daemon.process.thaw()

    def end(self):
        """For good. Its last exit must be explained, too."""
        if self.daemon.process is None:
            return
        self.thaw()
        if self.daemon.process.is_running:
            self.drain()
        self._judge(self.daemon.wait(60))

    def close(self):
        if self.daemon.process and self.daemon.process.is_running:
            self.daemon.process.thaw()
            self.daemon.kill()

    def _judge(self, code):
        if code == -signal.SIGKILL and (self._is_killed or self._armed):
            if self._armed and not self._is_killed:
                self.met.append(self._armed)
                self._note(f"met its {self._armed}")
                self._armed = None
            else:
                self._note("is dead")
        elif code == 0 and self._signals:
            self._note("has drained")
        elif code == -signal.SIGTERM and self._signals and not self.daemon.find(None, since=self._first_line):
            self._note("was stopped before it had begun")
        elif code == 1 and self._signals > 1:
            self._note("was stopped in the middle of its drain by a second signal")
        else:
            self.wrong_ends.append(f"{self.name} ended with {code}\n{self.daemon.tail(12)}")
            self._note(f"ended with {code}, which no fault explains")
        if self._armed:
            # Something else ended it first: the next process is to meet it.
            self.crash_points.insert(0, self._armed)
        self._armed = None

    def _note(self, what):
        self.timeline.note(self.site, f"{self.name}: {what}")
