"""Child processes that never outlive their parent."""

import atexit
import ctypes
import os
import pathlib
import signal
import subprocess

from .deadlines import wait_until

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)
_living = set()

# What a child gets of our own environment; the rest could change what it does (PGHOST, OTEL_…, RABBITMQ_…, http_proxy).
_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "LSAN_OPTIONS")


def environment(**variables):
    """A small, known environment with these variables in it."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {"LANG": "C.UTF-8", **inherited, **{name: str(value) for name, value in variables.items()}}


class ChildProcess:
    """A program in a session of its own (Ctrl-C does not reach it) that ends when we end, however that happens.

    Start it on the main thread: Linux sends the death signal when the thread that started the child ends. Output
    goes to the file `log`, unless `stdout` says otherwise.
    """

    def __init__(
        self,
        arguments,
        *,
        environment,
        folder=None,
        log=None,
        stdin=subprocess.DEVNULL,
        stdout=None,
        user=None,
        death_signal=signal.SIGKILL,
    ):
        self.arguments = [str(argument) for argument in arguments]
        self.log = pathlib.Path(log) if log else None
        parent = os.getpid()

        def end_with_parent():
            _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

        sink = open(self.log, "ab") if self.log else subprocess.DEVNULL
        try:
            self.popen = subprocess.Popen(
                self.arguments,
                env=environment,
                cwd=folder,
                stdin=stdin,
                stdout=sink if stdout is None else stdout,
                stderr=sink,
                start_new_session=True,
                preexec_fn=end_with_parent,
                **_identity(user),
            )
        finally:
            if self.log:
                sink.close()
        _living.add(self)

    @property
    def pid(self):
        return self.popen.pid

    @property
    def exit_code(self):
        """None while it runs; negative: the signal that ended it."""
        code = self.popen.poll()
        if code is not None:
            _living.discard(self)
        return code

    @property
    def is_running(self):
        return self.exit_code is None

    def send_signal(self, number):
        if self.is_running:
            self.popen.send_signal(number)

    def wait(self, timeout):
        """Its exit code, at most `timeout` seconds later."""
        wait_until(lambda: self.exit_code is not None, timeout, f"{self.arguments[0]} ends\n{self.log_tail()}")
        return self.popen.returncode

    def stop(self, number=signal.SIGTERM, timeout=15):
        """Asks it to end, and ends it when it has not after `timeout` seconds. Returns its exit code."""
        self.thaw()
        self.send_signal(number)
        try:
            self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        return self.exit_code

    def kill(self):
        """Ends it and what it started, at once."""
        children = descendants(self.pid) if self.is_running else []
        self.send_signal(signal.SIGKILL)
        for pid in children:
            _send(pid, signal.SIGKILL)
        self.popen.wait()
        return self.exit_code

    def freeze(self):
        """Stops it and what it started in the middle of what they do: the sockets stay open, nobody answers."""
        for pid in [self.pid, *descendants(self.pid)]:
            _send(pid, signal.SIGSTOP)

    def thaw(self):
        """Lets it go on after `freeze`."""
        if self.is_running:
            for pid in [self.pid, *descendants(self.pid)]:
                _send(pid, signal.SIGCONT)

    def log_tail(self, lines=20):
        """The end of its log, for error messages."""
        if not self.log or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    @property
    def resident_bytes(self):
        """Memory it uses now (VmRSS); 0 once it ended."""
        return self._status("VmRSS:")

    @property
    def peak_resident_bytes(self):
        """The most memory it has used (VmHWM); 0 once it ended."""
        return self._status("VmHWM:")

    @property
    def cpu_seconds(self):
        """Processor time of its threads, user and system; 0 once it ended."""
        return sum(_ticks(self.pid)[:2]) / os.sysconf("SC_CLK_TCK")

    @property
    def tree_cpu_seconds(self):
        """The same of it and of all that it started and still runs or was waited for."""
        return sum(sum(_ticks(pid)) for pid in [self.pid, *descendants(self.pid)]) / os.sysconf("SC_CLK_TCK")

    def _status(self, field):
        try:
            lines = pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(field)), 0)


def descendants(pid):
    """The processes that `pid` started, and those that they started."""
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            for child in pathlib.Path(f"/proc/{pid}/task/{thread}/children").read_text().split():
                found += [int(child), *descendants(int(child))]
    except OSError:
        pass  # it ended meanwhile
    return found


def _ticks(pid):
    """Processor time in ticks: its own, user and system, and that of the children it waited for; 0 once it ended."""
    try:
        after_name = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return [0] * 4
    return [int(word) for word in after_name[11:15]]


def _send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _identity(user):
    """The arguments of Popen that make the child run as `user`; none: as we do."""
    return {"user": user, "group": user, "extra_groups": []} if user else {}


@atexit.register
def _stop_what_is_left():
    for child in list(_living):
        if child.is_running:
            child.kill()
