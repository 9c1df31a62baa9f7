"""Publishing under a real foreign trace: OpenTelemetry's SDK and its instrumentation of pika, in another process."""

import dataclasses
import json
import pathlib
import queue
import subprocess
import sys
import threading

from .processes import ChildProcess, environment


@dataclasses.dataclass(frozen=True)
class Published:
    """The headers a message went out with, and its PRODUCER span: a dictionary, None where it was not sampled."""

    headers: dict
    span: dict

    @property
    def trace_id(self):
        return self.headers["traceparent"].split("-")[1]

    @property
    def span_id(self):
        return self.headers["traceparent"].split("-")[2]


class TracedPublisher:
    """A client process with one connection in confirm mode; persistent messages, mandatory."""

    def __init__(self, url, log):
        self._url, self._log = url, log
        self._answers = queue.SimpleQueue()
        self._process = self._reader = None

    def publish(self, event, exchange, context=None, timeout=30):
        """Publishes it within a request that came with these headers, and returns what it was `Published` with."""
        line = event.line(exchange) | {"message_id": event.message_id, "context": context or {}}
        self._process.popen.stdin.write((json.dumps(line) + "\n").encode())
        self._process.popen.stdin.flush()
        try:
            return Published(**self._answers.get(timeout=timeout))
        except queue.Empty:
            raise AssertionError(f"the traced publisher does not answer\n{self._process.log_tail()}") from None

    def __enter__(self):
        program = pathlib.Path(__file__).resolve().parent / "traced_publisher_process.py"
        self._process = ChildProcess(
            [sys.executable, program, self._url],
            environment=environment(PYTHONDONTWRITEBYTECODE="1"),
            log=self._log,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._reader.join(5)

    def _read(self):
        for raw in self._process.popen.stdout:
            self._answers.put(json.loads(raw))
