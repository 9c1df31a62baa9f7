#!/usr/bin/python3
"""otlp_collector: takes OTLP/HTTP traces in protobuf and writes each span as a line of JSON; for tests and the demo.

    otlp_collector.py [--port N] [--status CODE] [--store FILE]

The first line on standard output is the port. POST /v1/traces, gzip or not. A line of --store FILE is a span:
`trace_id`, `span_id`, `parent_span_id` (hex), `name`, `kind`, `start`, `end` (nanoseconds), `attributes`, `links`,
`events`, `status`, `resource`, `scope`. With --status CODE every request is answered CODE and nothing is taken (429 and
503 with Retry-After).

The decoder below knows the few messages of opentelemetry-proto's trace/v1 and needs no package.
"""

import argparse
import gzip
import struct
import zlib

from loopback_server import Handler, Records, serve

KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
STATUSES = ["UNSET", "OK", "ERROR"]
# What bytes that are no gzip or no protobuf of these messages raise below.
MALFORMED = (ValueError, IndexError, TypeError, AttributeError, EOFError, OSError, struct.error, zlib.error)


def varint(data, position):
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError("a varint that is too long")


def fields(data):
    """The fields of a message by number, each a list in the order of the wire."""
    found = {}
    position = 0
    while position < len(data):
        key, position = varint(data, position)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, position = varint(data, position)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            value, position = data[position : position + size], position + size
        elif wire == 2:
            size, position = varint(data, position)
            value, position = data[position : position + size], position + size
            if len(value) < size:
                raise ValueError("a field that ends too early")
        else:
            raise ValueError(f"wire type {wire}")
        found.setdefault(number, []).append(value)
    return found


def first(message, number, default):
    return message.get(number, [default])[-1]


def text(message, number):
    return first(message, number, b"").decode()


def fixed64(message, number):
    return struct.unpack("<Q", first(message, number, bytes(8)))[0]


def any_value(data):
    message = fields(data)
    if 1 in message:
        return message[1][0].decode()
    if 2 in message:
        return bool(message[2][0])
    if 3 in message:
        value = message[3][0]
        return value - (1 << 64) if value >> 63 else value
    if 4 in message:
        return struct.unpack("<d", message[4][0])[0]
    if 5 in message:
        return [any_value(value) for value in fields(message[5][0]).get(1, [])]
    if 6 in message:
        return attributes(fields(message[6][0]), 1)
    return first(message, 7, b"").hex() or None


def attributes(message, number):
    pairs = (fields(data) for data in message.get(number, []))
    return {text(pair, 1): any_value(first(pair, 2, b"")) for pair in pairs}


def link(data):
    message = fields(data)
    return {
        "trace_id": first(message, 1, b"").hex(),
        "span_id": first(message, 2, b"").hex(),
        "attributes": attributes(message, 4),
    }


def event(data):
    message = fields(data)
    return {"time": fixed64(message, 1), "name": text(message, 2), "attributes": attributes(message, 3)}


def span(data):
    message = fields(data)
    status = fields(first(message, 15, b""))
    return {
        "trace_id": first(message, 1, b"").hex(),
        "span_id": first(message, 2, b"").hex(),
        "trace_state": text(message, 3),
        "parent_span_id": first(message, 4, b"").hex(),
        "name": text(message, 5),
        "kind": KINDS[first(message, 6, 0)],
        "start": fixed64(message, 7),
        "end": fixed64(message, 8),
        "attributes": attributes(message, 9),
        "events": [event(data) for data in message.get(11, [])],
        "links": [link(data) for data in message.get(13, [])],
        "status": {"code": STATUSES[first(status, 3, 0)], "message": text(status, 2)},
    }


def spans(request):
    """All spans of an ExportTraceServiceRequest, with what stands around them."""
    for resource_data in fields(request).get(1, []):
        resource_spans = fields(resource_data)
        resource = attributes(fields(first(resource_spans, 1, b"")), 1)
        for scope_data in resource_spans.get(2, []):
            scope_spans = fields(scope_data)
            scope = text(fields(first(scope_spans, 1, b"")), 1)
            for data in scope_spans.get(2, []):
                yield {**span(data), "resource": resource, "scope": scope}


def main():
    parser = argparse.ArgumentParser(description="Takes OTLP/HTTP traces and writes each span as a line of JSON.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--status", type=int, default=200)
    parser.add_argument("--store", metavar="FILE")
    options = parser.parse_args()
    records = Records(options.store)

    class Collector(Handler):
        def do_POST(self):
            body = self.body()
            if options.status != 200:
                headers = [("Retry-After", "1")] if options.status in (429, 503) else []
                return self.answer(options.status, "text/plain", b"", headers)
            if self.path != "/v1/traces" or self.headers.get("Content-Type") != "application/x-protobuf":
                return self.answer(404, "text/plain", b"POST /v1/traces, application/x-protobuf")
            try:
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                taken = list(spans(body))
            except MALFORMED as error:
                return self.answer(400, "text/plain", str(error).encode())
            records.add(*taken)
            return self.answer(200, "application/x-protobuf", b"")

    serve(Collector, options.port)


if __name__ == "__main__":
    main()
