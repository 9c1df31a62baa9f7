"""Stands in for Twilio's message API; sends nothing to anybody."""

import base64
import dataclasses
import itertools
import json
import re
import secrets
import threading
import time
import urllib.parse

from .deadlines import wait_until
from .loopback_http import LoopbackHTTP

_PATH = re.compile(r"/2010-04-01/Accounts/([^/]+)/Messages\.json")


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a number's messages are answered with.

    `status` 201 accepts. `code` is Twilio's own (21211 bad number, 21610 said STOP). `retry_after` in seconds. `close`
    cuts the connection without an answer, `garbage` answers 201 with no JSON; `delay` seconds pass before it.
    """

    status: int = 201
    code: int = 0
    retry_after: int = 0
    delay: float = 0
    close: bool = False
    garbage: bool = False


@dataclasses.dataclass(frozen=True)
class TwilioRequest:
    """A request that came, with what it was answered; `sid` where it was accepted."""

    at: float
    form: dict
    headers: dict
    status: int
    sid: str


class TwilioFake(LoopbackHTTP):
    """Answers POST …/Messages.json like Twilio; by number: `twilio.answer("+4917…", Answer(400, 21211))`."""

    def __init__(self, certificate=None):
        super().__init__(certificate)
        self.account = "AC" + secrets.token_hex(16)
        self.token = secrets.token_hex(16)
        self.requests = []
        self._answers = {}
        self._lock = threading.Lock()
        self._serial = itertools.count(1)

    def answer(self, number, *answers):
        """These answers, one after the other, the last one from then on; number None is everybody else."""
        with self._lock:
            self._answers[number] = list(answers)

    @property
    def accepted(self):
        """The requests that became a message."""
        return [request for request in self.requests if request.sid]

    def to(self, number):
        """The requests for that number."""
        return [request for request in self.requests if request.form.get("To") == number]

    def wait_for(self, count, timeout=15):
        wait_until(
            lambda: len(self.requests) >= count, timeout, lambda: f"{count} requests; {len(self.requests)} came"
        )
        return list(self.requests)

    def post(self, exchange):
        body = exchange.body().decode()
        form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        answer, message = self._judge(exchange, form)
        if answer.delay:
            time.sleep(answer.delay)
        accepted = answer.status == 201 and not answer.close and not answer.garbage
        sid = f"SM{next(self._serial):032x}" if accepted else ""
        with self._lock:
            status = 0 if answer.close else answer.status
            self.requests.append(TwilioRequest(time.time(), form, dict(exchange.headers), status, sid))
        if answer.close:
            exchange.close_connection = True
            exchange.connection.shutdown(2)
        elif answer.garbage:
            exchange.answer(201, "application/json", b"<html>no json")
        else:
            self._say(exchange, answer, message, form, sid)

    def _say(self, exchange, answer, message, form, sid):
        if sid:
            document = {"sid": sid, "status": "queued", "to": form["To"], "error_code": None}
        else:
            document = {"status": answer.status, "code": answer.code, "message": message, "more_info": "-"}
        headers = [("Retry-After", str(answer.retry_after))] if answer.retry_after else []
        exchange.answer(answer.status, "application/json", json.dumps(document).encode(), headers)

    def _judge(self, exchange, form):
        expected = "Basic " + base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        match = _PATH.fullmatch(exchange.path)
        if exchange.headers.get("Authorization") != expected:
            return Answer(401, 20003), "Authenticate"
        if not match or match[1] != self.account:
            return Answer(404, 20404), "The requested resource was not found"
        for field, code in (("To", 21604), ("Body", 21602)):
            if not form.get(field):
                return Answer(400, code), f"A '{field}' is required."
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return Answer(400, 21603), "A 'From' or 'MessagingServiceSid' is required."
        with self._lock:
            queue = self._answers.get(form["To"]) or self._answers.get(None) or [Answer()]
            answer = queue.pop(0) if len(queue) > 1 else queue[0]
        # Twilio repeats the number in its words; it must not reach a log.
        return answer, f"Refused for the 'To' number {form['To']}."
