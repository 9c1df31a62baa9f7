"""Publishing events from another process, in another language, by another AMQP client (pika)."""

import base64
import dataclasses
import json
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading

from .deadlines import wait_until
from .processes import ChildProcess, environment


@dataclasses.dataclass(frozen=True)
class Event:
    """A message for the exchange. `data` is bytes, text, or anything JSON; the others are AMQP's properties."""

    type: str
    data: object
    message_id: str = None
    correlation_id: str = None
    content_type: str = "application/json"
    timestamp: int = None  # seconds since 1970
    headers: dict = None

    @property
    def body(self):
        """What is published of `data`."""
        if isinstance(self.data, bytes):
            return self.data
        if isinstance(self.data, str):
            return self.data.encode()
        return json.dumps(self.data, ensure_ascii=False).encode()

    def line(self, exchange):
        properties = {
            "message_id": self.message_id,
            "correlation_id": self.correlation_id,
            "content_type": self.content_type,
            "timestamp": self.timestamp,
            "headers": self.headers,
        }
        return {
            "exchange": exchange,
            "routing_key": self.type,
            "body": base64.b64encode(self.body).decode(),
            "properties": {name: value for name, value in properties.items() if value is not None},
        }


class Publisher:
    """A client process with one connection in confirm mode; persistent messages, mandatory.

    `publish` returns when all is confirmed; `begin` returns at once, and `confirmed` counts what the broker took.
    """

    def __init__(self, url, exchange="domain-events"):
        self.exchange = exchange
        self.confirmed = 0
        self.refused = []  # what the broker did not take, with its reason
        self.times = []  # for each message answered, in order: how often it was published until it was
        self._sent = 0
        self._url = url
        self._waiting = queue.SimpleQueue()
        self._process = self._reader = self._errors = None

    def publish(self, *events, timeout=60):
        """Publishes them in order and waits for the confirms; a message that the broker refuses is an error."""
        self.begin(*events)
        self.wait(timeout)
        if self.refused:
            raise AssertionError(f"the broker refused {self.refused[0]}, {len(self.refused)} in all")

    def begin(self, *events):
        """Publishes them, and does not wait."""
        self._sent += len(events)
        # Written by a thread: the pipe may be full while the broker is away.
        self._waiting.put("".join(json.dumps(event.line(self.exchange)) + "\n" for event in events))

    def wait(self, timeout=60):
        """Waits until all are confirmed or refused."""

        def all_answered():
            if self.confirmed + len(self.refused) >= self._sent:
                return True
            if not self._process.is_running:
                raise AssertionError(f"the publisher ended with {self._process.exit_code}\n{self._process.log_tail()}")
            return False

        wait_until(
            all_answered,
            timeout,
            lambda: f"{self._sent} events are confirmed; {self.confirmed} are\n{self._process.log_tail()}",
        )

    def start(self):
        folder = pathlib.Path(__file__).resolve().parent
        self._errors = tempfile.NamedTemporaryFile(prefix="notifyd-publisher-")
        self._process = ChildProcess(
            [sys.executable, folder / "publisher_process.py", self._url],
            environment=environment(PYTHONDONTWRITEBYTECODE="1"),
            log=self._errors.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        threading.Thread(target=self._write, daemon=True).start()

    def close(self):
        if self._process:
            self._waiting.put(None)
            self._process.kill()
            self._reader.join(5)
            self._errors.close()

    def _write(self):
        try:
            while (text := self._waiting.get()) is not None:
                self._process.popen.stdin.write(text.encode())
                self._process.popen.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass  # it ended meanwhile; `wait` tells what is missing

    def _read(self):
        for raw in self._process.popen.stdout:
            answer = json.loads(raw)
            self.times.append(answer["times"])
            if answer["confirmed"]:
                self.confirmed += 1
            else:
                self.refused.append(answer["reason"])

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.close()
