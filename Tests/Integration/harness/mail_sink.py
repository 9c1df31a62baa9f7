"""The strict and cheap SMTP server in C: Benchmarks/sinks/smtp_sink.c."""

import email
import email.policy
import pathlib
import signal
import subprocess

from .deadlines import wait_until
from .processes import ChildProcess, environment
from .program import ROOT

_SOURCE = ROOT / "Benchmarks/sinks/smtp_sink.c"


class MailSink:
    """Takes any number of mails on 127.0.0.1. Options: its `--help`'s, as keywords (delay=200, max_connections=5).

    With `store`, what it took is in `messages()`. `replies` are STEP=CODE, such as "rcpt=550 5.1.1 no such user".
    """

    def __init__(self, folder, store=True, replies=(), port=0, **options):
        self.folder = pathlib.Path(folder)
        self.mail_folder = self.folder / "mails" if store else None
        self.port = port
        self._replies = replies
        self._options = options
        self._process = None

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.port}"

    def start(self):
        arguments = ["--port", self.port, "--count"]
        for reply in self._replies:
            arguments += ["--reply", reply]
        for name, value in self._options.items():
            arguments += [f"--{name.replace('_', '-')}", value]
        if self.mail_folder:
            self.mail_folder.mkdir(exist_ok=True)
            arguments += ["--store", self.mail_folder]
        self._process = ChildProcess(
            [_compiled(self.folder), *arguments],
            environment=environment(),
            folder=self.folder,
            log=self.folder / "sink.log",
            stdout=subprocess.PIPE,
        )
        line = self._process.popen.stdout.readline()
        if not line.strip().isdigit():
            raise RuntimeError(f"smtp_sink does not start: {self._process.log_tail()}")
        self.port = int(line)

    def counts(self):
        """How many `messages` it took so far and, with `recipients`, for how many `different` ones of them."""
        self._process.send_signal(signal.SIGUSR1)
        words = self._process.popen.stdout.readline().decode().split()
        return {name: int(count) for name, count in zip(words[::2], words[1::2])}

    def stop(self):
        """Ends it. Returns how many messages it took since it started."""
        self._process.stop(signal.SIGTERM)
        lines = self._process.popen.stdout.read().decode().split("\n")
        counts = [int(line.split()[1]) for line in lines if line.startswith("messages ")]
        return counts[-1] if counts else 0

    def freeze(self):
        """Stops answering; the connections stay open."""
        self._process.freeze()

    def thaw(self):
        self._process.thaw()

    def count(self):
        """How many messages are stored."""
        return len(list(self.mail_folder.glob("*.eml")))

    def messages(self):
        """What it took, in order, parsed; the envelope is in Return-Path and Delivered-To."""
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self.mail_folder.glob("*.eml"))
        ]

    def wait_for(self, count, timeout=30):
        wait_until(lambda: self.count() >= count, timeout, lambda: f"{count} mails; {self.count()} came")
        return self.messages()

    def close(self):
        if self._process:
            self._process.kill()
            self._process.popen.stdout.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()


def _compiled(folder):
    program = folder / "smtp_sink"
    if not program.exists():
        subprocess.run(["cc", "-O2", "-o", program, _SOURCE], check=True, stdin=subprocess.DEVNULL)
    return program
