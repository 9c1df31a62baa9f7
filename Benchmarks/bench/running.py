"""One contender at work in one run: started, watched until all is done, and checked."""

import signal
import time

from harness.deadlines import DeadlinePassed, wait_until
from harness.mail_sink import MailSink
from harness.processes import ChildProcess, environment

from .span_sink import SpanSink

_START_TIMEOUT = 60
_HEAD = 1 << 16
"""`consuming` is said in the first so many bytes of a log."""


class Running:
    """A started contender with its mail server and, if it exports spans, its collector; a `with` block."""

    def __init__(self, contender, site, folder, settings, events, delay=0, amqp_url=None):
        self.contender, self.site, self.events = contender, site, events
        self._folder = folder
        self._settings = settings
        self._amqp_url = amqp_url or site.amqp_url
        self._mails = MailSink(folder, store=False, delay=delay, recipients=events)
        self._spans = None
        self.process = None
        self.consuming_after = None
        """Seconds from its exec to its word that it consumes."""

    def __enter__(self):
        try:
            self._mails.start()
            if self.contender.spans_per_event:
                self._spans = SpanSink(self._folder)
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for each in (self.process, self._spans, self._mails):
            if each:
                each.kill() if each is self.process else each.close()

    def _start(self):
        log = self._folder / "contender.log"
        log.unlink(missing_ok=True)
        variables = self.contender.variables(
            self.site, self._amqp_url, self._mails.port, self._settings, self._spans.url if self._spans else None
        )
        self.process = ChildProcess(
            self.contender.command(), environment=environment(**variables), folder=self._folder, log=log
        )
        begin = time.monotonic()
        while not self._says_consuming(log):
            if not self.process.is_running or time.monotonic() - begin > _START_TIMEOUT:
                raise RuntimeError(f"{self.contender.name} does not consume\n{self.process.log_tail()}")
            time.sleep(0.0005)
        self.consuming_after = time.monotonic() - begin

    def _says_consuming(self, log):
        with open(log, "rb") as file:
            return self.contender.marker in file.read(_HEAD)

    def mails(self):
        """How many mails were taken so far."""
        return self._mails.counts()["messages"]

    def wait_until_done(self, patience, watch=lambda done: None):
        """Waits for all mails and rows; returns when (`time.monotonic`), None where it stood still for `patience` s.

        `watch` is called with the number of mails some twenty times a second.
        """
        moved, last = time.monotonic(), (-1, -1)
        while self.process.is_running:
            mails = self.mails()
            # Rows are counted only once no mail is missing: it is a load for Postgres.
            rows = self.site.row_count() if mails >= self.events else 0
            watch(mails)
            now = time.monotonic()
            if rows >= self.events:
                return now
            if (mails, rows) != last:
                moved, last = now, (mails, rows)
            elif now - moved > patience:
                return None
            time.sleep(0.05 if mails < self.events * 0.8 else 0.01)
        return None

    def stop(self, patience):
        """Ends it in order. Returns what is wrong with what it did, nothing if all is right."""
        wrong = []
        if not self.process.is_running:
            wrong.append(f"it ended with {self.process.exit_code}: {self.process.log_tail(1)}")
        left = self._left(patience)
        self.process.stop(signal.SIGTERM, timeout=40)
        counts = self._mails.counts()
        expected = {
            "mails": (counts["messages"], self.events),
            "recipients": (counts["different"], self.events),
            "rows": (self.site.row_count(), self.events),
            "events sent by their rows": (self.site.sent_events(), self.events),
            "messages left in the queues": (left, 0),
        }
        if self._spans:
            expected["spans"] = (self._spans.stop(), self.events * self.contender.spans_per_event)
        return wrong + [f"{found} {what}, not {due}" for what, (found, due) in expected.items() if found != due]

    def _left(self, patience):
        """What is in the queues when nothing moves any more: the last acknowledgements may still be on their way."""
        try:
            wait_until(lambda: self.site.left() == 0, patience, "empty queues")
            return 0
        except DeadlinePassed:
            return self.site.left()
