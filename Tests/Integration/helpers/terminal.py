"""A terminal with a user before it: runs a command of notifyd on a pseudo-terminal, and types Ctrl-C into it."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata

from harness.processes import environment
from harness.program import notifyd_path

CTRL_C = b"\x03"
_SEQUENCE = re.compile("\x1b\\[[0-9;?]*[A-Za-z]")


class Terminal:
    """One command on a terminal of so many columns; leaving the `with` ends it.

    `stdout` or `stderr` may be a pipe instead, whose text is in `piped`. The terminal is the command's controlling one:
    what is typed reaches it as from a keyboard.
    """

    def __init__(self, *arguments, variables, columns=80, stdout="terminal", stderr="terminal", folder=None):
        self.text = ""  # all that was written to the terminal, sequences among it
        self.piped = ""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))

        def take_terminal():
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.popen = subprocess.Popen(
            [notifyd_path(), *map(str, arguments)],
            env=environment(**{"TERM": "xterm-256color", **variables}),
            stdin=slave,
            stdout=slave if stdout == "terminal" else subprocess.PIPE,
            stderr=slave if stderr == "terminal" else subprocess.PIPE,
            cwd=folder,
            start_new_session=True,
            preexec_fn=take_terminal,
        )
        os.close(slave)
        # What is still open, to be read from.
        self._terminal = self._master
        self._pipe = self.popen.stdout or self.popen.stderr

    def wait_for(self, pattern, within=20):
        """Until the terminal has shown that; returns the match."""
        deadline = time.monotonic() + within
        while not (found := re.search(pattern, self.text)):
            if not self._read(deadline):
                raise AssertionError(f"{pattern!r} never came: {self.text!r} {self.piped!r}")
        return found

    def type(self, keys):
        os.write(self._master, keys)

    def wait(self, within=30):
        """Until it ends; returns the exit status, of a signal the negative number."""
        deadline = time.monotonic() + within
        while self._read(deadline):
            pass
        return self.popen.wait(max(0.1, deadline - time.monotonic()))

    @property
    def lines(self):
        """What stands on the terminal in the end: lines that were erased are not there, nor are colours."""
        shown = []
        for line in self.text.replace("\r\n", "\n").split("\n"):
            after = re.split("\r\x1b\\[K", line)[-1]
            shown.append(_SEQUENCE.sub("", after.split("\r")[-1]))
        while shown and not shown[-1]:
            shown.pop()
        return shown

    def _read(self, deadline):
        """Reads what is there; False once all ends are closed or the time is up."""
        sources = [source for source in (self._terminal, self._pipe) if source is not None]
        ready, _, _ = select.select(sources, [], [], max(0, deadline - time.monotonic()))
        for source in ready:
            data = self._take(source)
            text = data.decode(errors="replace")
            if source == self._terminal:
                self.text += text
                self._terminal = self._terminal if data else None
            else:
                self.piped += text
                self._pipe = self._pipe if data else None
        return bool(ready) and (self._terminal, self._pipe) != (None, None)

    @staticmethod
    def _take(source):
        try:
            return os.read(source if isinstance(source, int) else source.fileno(), 65536)
        except OSError:
            return b""  # a terminal without a program on it

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        for stream in (self.popen.stdout, self.popen.stderr):
            if stream:
                stream.close()
        os.close(self._master)


def columns_of(text):
    """The columns that a terminal gives a text, by Unicode's own tables."""

    def columns(letter):
        if unicodedata.category(letter) in ("Mn", "Me"):
            return 0
        return 2 if unicodedata.east_asian_width(letter) in "WF" else 1

    return sum(map(columns, text))
