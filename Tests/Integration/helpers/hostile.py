"""Messages that nobody sends in good faith, and a publisher that writes their frames byte by byte.

No client library would encode some of them; what the broker takes, the daemon has to stand.
"""

import random
import socket
import struct
import urllib.parse

FRAME_MAX = 131_072
PERSISTENT = b"\x02"


# Field tables (AMQP 0-9-1 §4.2.5, with RabbitMQ's letters)

def short(text):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack(">B", len(data)) + data


def long(data):
    return struct.pack(">I", len(data)) + data


def field(name, value):
    return short(name) + value


def text(value):
    return b"S" + long(value.encode() if isinstance(value, str) else value)


def byte_array(value):
    return b"x" + long(value)


def table(*entries):
    return b"F" + long(b"".join(entries))


def array(*values):
    return b"A" + long(b"".join(values))


def boolean(value):
    return b"t" + struct.pack(">B", value)


def integer(value):
    return b"l" + struct.pack(">q", value)


def unsigned(value):
    return b"i" + struct.pack(">I", value)


def double(value):
    return b"d" + struct.pack(">d", value)


def single(value):
    return b"f" + struct.pack(">f", value)


def decimal(scale, value):
    return b"D" + struct.pack(">BI", scale, value)


def timestamp(value):
    return b"T" + struct.pack(">q", value)


VOID = b"V"


def nested(levels, of="array"):
    """Tables in tables, or arrays in arrays."""
    value = VOID
    parts = []
    size = len(value)
    for _ in range(levels):
        head = (b"A" if of == "array" else b"F") + struct.pack(">I", size + (0 if of == "array" else 2))
        parts.append(head + (b"" if of == "array" else b"\x01k"))
        size += len(parts[-1])
    return b"".join(reversed(parts)) + value


def any_field(chance, depth=0):
    """One value of any type, nested now and then. No infinity and no NaN: Erlang has none, and the broker hangs up."""
    kinds = [
        lambda: boolean(chance.randrange(2)),
        lambda: b"b" + struct.pack(">b", chance.randrange(-128, 128)),
        lambda: b"B" + struct.pack(">B", chance.randrange(256)),
        lambda: b"s" + struct.pack(">h", chance.randrange(-32768, 32768)),
        lambda: b"u" + struct.pack(">H", chance.randrange(65536)),
        lambda: b"I" + struct.pack(">i", chance.randrange(-(1 << 31), 1 << 31)),
        lambda: unsigned(chance.getrandbits(32)),
        lambda: integer(chance.getrandbits(64) - (1 << 63)),
        lambda: single(chance.choice([0.0, -1.5, 3e38])),
        lambda: double(chance.choice([0.0, 1e308, -5e-324])),
        lambda: decimal(chance.randrange(256), chance.getrandbits(32)),
        lambda: timestamp(chance.choice([0, -1, 1_768_469_400, (1 << 63) - 1, -(1 << 63), 253_402_300_800])),
        lambda: VOID,
        lambda: text(chance.randbytes(chance.choice([0, 1, 20, 400]))),
        lambda: byte_array(chance.randbytes(chance.choice([0, 1, 20, 400]))),
    ]
    if depth < 6 and chance.random() < 0.25:
        count = chance.randrange(4)
        if chance.random() < 0.5:
            return array(*[any_field(chance, depth + 1) for _ in range(count)])
        return table(*[field(f"k{n}", any_field(chance, depth + 1)) for n in range(count)])
    return chance.choice(kinds)()


# Without those that the broker itself stumbles over: `x-death` of a wrong type breaks 3.10's quorum queue when it dead-letters
# the message, `CC` and `BCC` make copies.
NAMES = [
    "traceparent", "tracestate", "baggage", "timestamp_in_ms", "x-delivery-count",
    "cloudEvents:id", "cloudEvents:source", "cloudEvents:type", "cloudEvents:time", "cloudEvents_id", "cloudEvents_time",
    "cloudEvents:specversion", "x", "", "ключ", "k" * 255,
]


def any_headers(seed, count):
    """Entries of a headers table, the same for the same seed."""
    chance = random.Random(seed)
    return b"".join(field(chance.choice(NAMES), any_field(chance)) for _ in range(count))


# Properties (§4.2.6.1): flag and place of each, in the order of the wire

PROPERTIES = {
    "content_type": (0x8000, short), "content_encoding": (0x4000, short), "headers": (0x2000, long),
    "delivery_mode": (0x1000, lambda value: struct.pack(">B", value)), "priority": (0x0800, lambda value: struct.pack(">B", value)),
    "correlation_id": (0x0400, short), "reply_to": (0x0200, short), "expiration": (0x0100, short),
    "message_id": (0x0080, short), "timestamp": (0x0040, lambda value: struct.pack(">Q", value & ((1 << 64) - 1))),
    "type": (0x0020, short), "user_id": (0x0010, short), "app_id": (0x0008, short), "cluster_id": (0x0004, short),
}


class RawPublisher:
    """One connection with one channel in confirm mode; `headers` are the encoded entries of their table."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        self._buffer = b""
        self._socket.sendall(b"AMQP\x00\x00\x09\x01")
        self._expect(10, 10)
        login = f"\0{parts.username}\0{parts.password}".encode()
        self._method(0, 10, 11, long(b"") + short("PLAIN") + long(login) + short("en_US"))
        self._expect(10, 30)
        self._method(0, 10, 31, struct.pack(">HIH", 1, FRAME_MAX, 0))
        host = urllib.parse.unquote(parts.path[1:]) or "/"
        self._method(0, 10, 40, short(host) + short("") + b"\0")
        self._expect(10, 41)
        self._method(1, 20, 10, short(""))
        self._expect(20, 11)
        self._method(1, 85, 10, b"\0")
        self._expect(85, 11)

    def publish(self, exchange, routing_key, body, **properties):
        """Returns when the broker has it. A message that no queue takes is confirmed too."""
        properties = {"delivery_mode": 2, **properties}
        flags, values = 0, b""
        for name, (flag, encode) in PROPERTIES.items():
            if name in properties:
                flags |= flag
                values += encode(properties[name])
        self._method(1, 60, 40, b"\0\0" + short(exchange) + short(routing_key) + b"\0")
        self._frame(2, 1, struct.pack(">HHQH", 60, 0, len(body), flags) + values)
        for start in range(0, len(body), FRAME_MAX - 8):
            self._frame(3, 1, body[start:start + FRAME_MAX - 8])
        self._expect(60, 80)

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _method(self, channel, class_id, method_id, arguments):
        self._frame(1, channel, struct.pack(">HH", class_id, method_id) + arguments)

    def _frame(self, kind, channel, payload):
        assert len(payload) <= FRAME_MAX - 8, f"a frame of {len(payload)} bytes"
        self._socket.sendall(struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce")

    def _expect(self, class_id, method_id):
        while True:
            kind, _, size = struct.unpack(">BHI", self._read(7))
            payload = self._read(size + 1)[:-1]
            if kind != 1:
                continue
            found = struct.unpack(">HH", payload[:4])
            if found == (class_id, method_id):
                return payload[4:]
            assert found not in ((10, 50), (20, 40)), f"the broker closed: {payload[4:]!r}"

    def _read(self, count):
        while len(self._buffer) < count:
            data = self._socket.recv(1 << 16)
            assert data, "the broker hung up"
            self._buffer += data
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data
