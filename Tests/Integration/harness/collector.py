"""A small OpenTelemetry collector."""

import dataclasses
import gzip
import threading

from .deadlines import wait_until
from .loopback_http import LoopbackHTTP
from .otlp import OTLPDecoder


@dataclasses.dataclass(frozen=True)
class Export:
    """A request that came: its headers, its spans, and what it was answered."""

    headers: dict
    spans: tuple
    status: int


class Collector(LoopbackHTTP):
    """Takes OTLP/HTTP traces (`POST /v1/traces`, protobuf, gzip or not) and keeps the spans of those it accepts."""

    def __init__(self, folder):
        super().__init__()
        self._decoder = OTLPDecoder(folder)
        self._lock = threading.Lock()
        self._spans = []
        self._answers = []
        self.exports = []

    @property
    def environment(self):
        """What makes notifyd export here, soon."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}

    @property
    def spans(self):
        with self._lock:
            return list(self._spans)

    def trace(self, trace_id):
        """The spans of a trace, the earliest first."""
        return sorted((span for span in self.spans if span.trace_id == trace_id), key=lambda span: span.start)

    def answer_next(self, *answers):
        """The next requests are refused: each (status, Retry-After in seconds or None)."""
        with self._lock:
            self._answers += answers

    def wait_for(self, condition, timeout=15, what="spans"):
        """Waits until `condition(spans)` is true and returns its value."""
        return wait_until(
            lambda: condition(self.spans), timeout, lambda: f"{what}; there are {[span.name for span in self.spans]}"
        )

    def post(self, exchange):
        body = exchange.body()
        if exchange.path != "/v1/traces" or exchange.headers.get("Content-Type") != "application/x-protobuf":
            return exchange.answer(404, body=b"POST /v1/traces, application/x-protobuf")
        try:
            if exchange.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            spans = self._decoder.spans(body)
        except (OSError, EOFError, ValueError) as error:
            return exchange.answer(400, body=str(error).encode())
        with self._lock:
            status, retry_after = self._answers.pop(0) if self._answers else (200, None)
            self.exports.append(Export(dict(exchange.headers), tuple(spans), status))
            if status == 200:
                self._spans += spans
        headers = [("Retry-After", str(retry_after))] if retry_after is not None else []
        return exchange.answer(status, "application/x-protobuf", headers=headers)
