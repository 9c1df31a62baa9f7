"""A small OpenTelemetry collector, which can be a bad one."""

import dataclasses
import gzip
import socket
import struct
import threading
import time

from .deadlines import wait_until
from .loopback_http import LoopbackHTTP
from .otlp import decode

PROTOBUF = "application/x-protobuf"


@dataclasses.dataclass(frozen=True)
class Reply:
    """What an export request is answered with; 200 takes its spans.

    `delay` seconds pass before it; `hangs`: no answer at all, the connection stays open; `resets`: it is cut by a RST;
    `raw`: these bytes instead of an HTTP answer.
    """

    status: int = 200
    retry_after: object = None
    body: bytes = b""
    content_type: str = PROTOBUF
    delay: float = 0
    hangs: bool = False
    resets: bool = False
    raw: bytes = b""

    @property
    def accepts(self):
        return self.sent_status == 200

    @property
    def sent_status(self):
        """0 where there is none."""
        return 0 if self.hangs or self.resets or self.raw else self.status


@dataclasses.dataclass(frozen=True)
class Export:
    """A request that came: when (`time.monotonic`), its headers (lower case), size and spans, and what it was answered (0: nothing)."""

    at: float
    headers: dict
    size: int
    spans: tuple
    status: int


class Collector(LoopbackHTTP):
    """Takes OTLP/HTTP traces (POST, protobuf, gzip or not) and keeps the spans of those it accepts.

    `path`: where it takes them. `largest`: a request with more spans is answered 413. With `defers` every request is
    taken at once and decoded when `spans` are asked for, to cost little meanwhile; `exports` stay empty.
    """

    def __init__(self, certificate=None, defers=False):
        super().__init__(certificate)
        self.path = "/v1/traces"
        self.largest = None
        self.exports = []
        self._defers = defers
        self._bodies = []
        self._lock = threading.Lock()
        self._spans = []
        self._replies = []
        self._always = Reply()
        self._stopped = threading.Event()

    @property
    def environment(self):
        """What makes notifyd export here, soon."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}

    @property
    def spans(self):
        with self._lock:
            while self._bodies:
                self._spans += decode(self._bodies.pop())
            return list(self._spans)

    def trace(self, trace_id):
        """The spans of a trace, the earliest first."""
        return sorted((span for span in self.spans if span.trace_id == trace_id), key=lambda span: span.start)

    def answer_next(self, *replies):
        """The next requests are answered so, one each."""
        with self._lock:
            self._replies += replies

    def answer_always(self, reply):
        """Every request from now on that `answer_next` has nothing for."""
        with self._lock:
            self._always = reply

    def wait_for(self, condition, timeout=15, what="spans"):
        """Waits until `condition(spans)` is true and returns its value."""
        return wait_until(
            lambda: condition(self.spans), timeout, lambda: f"{what}; there are {[span.name for span in self.spans]}"
        )

    def stop(self):
        self._stopped.set()
        super().stop()

    def post(self, exchange):
        body = exchange.body()
        if exchange.path != self.path or exchange.headers.get("Content-Type") != PROTOBUF:
            return exchange.answer(404, body=f"POST {self.path}, {PROTOBUF}".encode())
        if self._defers:
            self._bodies.append(body)
            return exchange.answer(200, PROTOBUF)
        size = len(body)
        try:
            if exchange.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            spans = decode(body)
        except (OSError, EOFError, ValueError) as error:
            return exchange.answer(400, body=str(error).encode())
        with self._lock:
            reply = self._reply(spans)
            headers = {name.lower(): value for name, value in exchange.headers.items()}
            self.exports.append(Export(time.monotonic(), headers, size, tuple(spans), reply.sent_status))
            if reply.accepts:
                self._spans += spans
        return self._say(exchange, reply)

    def _reply(self, spans):
        if self._replies:
            return self._replies.pop(0)
        if self.largest is not None and len(spans) > self.largest:
            return Reply(413)
        return self._always

    def _say(self, exchange, reply):
        if reply.delay:
            self._stopped.wait(reply.delay)
        if reply.hangs:
            self._stopped.wait()
            exchange.close_connection = True
        elif reply.resets:
            # Closed with a time to linger of nothing, which sends RST.
            exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            exchange.close_connection = True
            exchange.connection.close()
        elif reply.raw:
            exchange.wfile.write(reply.raw)
            exchange.close_connection = True
        else:
            headers = [("Retry-After", str(reply.retry_after))] if reply.retry_after is not None else []
            exchange.answer(reply.status, reply.content_type, reply.body, headers)
