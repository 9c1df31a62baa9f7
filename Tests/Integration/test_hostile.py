"""Messages that nobody sends in good faith: none stops the daemon, none holds up or loses a good event beside it."""

import json
import random
import struct

import pytest

from helpers import hostile
from helpers.events import payment, unique
from helpers.hostile import RawPublisher, array, field, nested, table, text
from helpers.waiting import eventually

ONE_MIB = 1 << 20
TYPE = "payment.completed"


def body(**more):
    """A good event's, whose mail goes to an address of its own."""
    return payment("u1", email=f"{unique('odd')}@example.com", **more)


def sized(size):
    """A good event of exactly so many bytes."""
    data = body(note="")
    return json.dumps({**data, "note": "x" * (size - len(json.dumps(data).encode()))}).encode()


def with_member(name, value):
    """A good event with a member more, given as JSON text."""
    return (json.dumps(body())[:-1] + f", {name}: {value}}}").encode()


# name: body, error code
POISON = {
    "empty": (b"", "json.invalid"),
    "one NUL": (b"\0", "json.invalid"),
    "a blank": (b" ", "json.invalid"),
    "just over 1 MiB": (sized(ONE_MIB + 1), "body.too_large"),
    "3 MiB": (sized(3 * ONE_MIB), "body.too_large"),
    "invalid UTF-8": (with_member('"note"', '"').replace(b'"}', b'\xff\xfe"}'), "json.invalid"),
    "overlong UTF-8": (json.dumps(body(note="@@")).encode().replace(b"@@", b"\xc0\xaf"), "json.invalid"),
    "a surrogate in UTF-8": (json.dumps(body(note="@@")).encode().replace(b"@@", b"\xed\xa0\x80"), "json.invalid"),
    "UTF-16": (json.dumps(body()).encode("utf-16"), "json.invalid"),
    "UTF-16 without a mark": (json.dumps(body()).encode("utf-16-le"), "json.invalid"),
    "UTF-32": (json.dumps(body()).encode("utf-32-be"), "json.invalid"),
    "a byte order mark": (b"\xef\xbb\xbf" + json.dumps(body()).encode(), "json.invalid"),
    "arrays 100,000 deep": (b"[" * 100_000 + b"]" * 100_000, "json.invalid"),
    "arrays that never end": (b"[" * ONE_MIB, "json.invalid"),
    "objects 100,000 deep": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "json.invalid"),
    "depth within a member": (with_member('"note"', "[" * 50_000 + "]" * 50_000), "json.invalid"),
    "NUL in a text": (with_member('"note"', r'"a\u0000b"'), "shape.invalid"),
    "NUL in a key": (with_member(r'"no\u0000te"', '"a"'), "shape.invalid"),
    "NUL in an id": (json.dumps({**body(), "paymentId": "p\0"}).encode(), "shape.invalid"),
    "a raw control": (with_member('"note"', '"a\x01b"'), "json.invalid"),
    "a lone surrogate": (with_member('"note"', r'"\ud800"'), "json.invalid"),
    "duplicate keys": (with_member('"amount"', '"1.00"'), "json.invalid"),
    "duplicate keys, one escaped": (with_member(r'"\u0061mount"', '"1.00"'), "json.invalid"),
    "an id of 10 kB": (json.dumps({**body(), "paymentId": "p" * 10_000}).encode(), "shape.invalid"),
    "an id beyond 64 bits": (json.dumps({**body(), "paymentId": 1 << 64}).encode(), "shape.invalid"),
    "an id with a fraction": (json.dumps({**body(), "paymentId": 1.5}).encode(), "shape.invalid"),
    "an id of an object": (json.dumps({**body(), "paymentId": {}}).encode(), "shape.invalid"),
    "an amount of 1e400": (with_member('"x"', "1").replace(b'"19.99"', b"1e400"), None),
    "an amount of a million digits": (with_member('"x"', "1").replace(b'"19.99"', b"9" * 1_000_000), None),
    "an amount of 1e17 cents over": (json.dumps({**body(), "amount": "1000000000000000000"}).encode(), "money.invalid"),
    "an amount of NaN": (json.dumps({**body(), "amount": float("nan")}).encode(), "json.invalid"),
    "a negative amount": (json.dumps({**body(), "amount": "-1"}).encode(), "money.invalid"),
    "a trailing comma": (json.dumps(body()).encode()[:-1] + b",}", "json.invalid"),
    "two objects": (json.dumps(body()).encode() * 2, "json.invalid"),
    "a comment": (b"/* */" + json.dumps(body()).encode(), "json.invalid"),
    "a number alone": (b"1", "shape.invalid"),
    "an array of 300,000 numbers": (b"[" + b"1," * 300_000 + b"1]", "shape.invalid"),
    "an array of 200,000 booleans": (b"[" + b"true," * 200_000 + b"true]", "shape.invalid"),
    "250,000 empty objects": (b"[" + b"{}," * 250_000 + b"{}]", "shape.invalid"),
    "a time in no calendar": (json.dumps({**body(), "occurredAt": "2026-13-45T99:99:99Z"}).encode(), "shape.invalid"),
}

CLOUD = {"content_type": "application/cloudevents+json"}

# name: properties, error code
POISON_PROPERTIES = {
    "a structured CloudEvent without its envelope": ({**CLOUD}, "shape.invalid"),
    "a batch of CloudEvents": ({"content_type": "application/cloudevents-batch+json"}, "shape.invalid"),
    "a CloudEvents time that is none": ({"headers": field("cloudEvents:time", text("yesterday"))}, "shape.invalid"),
    "a CloudEvents time of a number": ({"headers": field("cloudEvents:time", hostile.integer(5))}, "shape.invalid"),
}

# What is odd and no fault: the event goes its way.
ODD = {
    "arrays as deep as a frame": {"headers": field("deep", nested(20_000))},
    "tables as deep as a frame": {"headers": field("deep", nested(15_000, of="table"))},
    "33 levels of tables": {"headers": field("deep", nested(33, of="table"))},
    "a header that fills the frame": {"headers": field("huge", text("x" * 130_000))},
    "5,000 headers": {"headers": b"".join(field(f"h{n}", hostile.integer(n)) for n in range(5_000))},
    "the same header 5,000 times": {"headers": b"".join(field("h", hostile.integer(n)) for n in range(5_000))},
    "an array of 100,000 voids": {"headers": field("voids", array(*[hostile.VOID] * 100_000))},
    "NUL in a header and its name": {"headers": field("a\0b", text("c\0d"))},
    "a header that is no UTF-8": {"headers": field(b"\xff\xfe", text(b"\xff\xfe\0"))},
    "a header without a name": {"headers": field("", text("x"))},
    "x-death forged": {"headers": field("x-death", array(table(field("queue", text("q")), field("count", hostile.integer(1 << 62)))))},
    "x-death of a text": {"headers": field("x-death", text("yes"))},
    "x-delivery-count forged": {"headers": field("x-delivery-count", hostile.integer(-1))},
    "x-delivery-count of a table": {"headers": field("x-delivery-count", table())},
    "traceparent of a number": {"headers": field("traceparent", hostile.integer(1)) + field("tracestate", hostile.VOID)},
    "traceparent of bytes": {"headers": field("traceparent", hostile.byte_array(b"00-" + b"f" * 60))},
    "tracestate and baggage of 60 kB": {
        "headers": field("traceparent", text("00-" + "1" * 32 + "-" + "2" * 16 + "-01"))
        + field("tracestate", text("a=b," * 15_000)) + field("baggage", text("a=b," * 15_000))},
    "CloudEvents headers of wrong types": {
        "headers": field("cloudEvents:id", table()) + field("cloudEvents:source", hostile.VOID)
        + field("cloudEvents:type", hostile.double(1e308)) + field("cloudEvents:specversion", hostile.decimal(255, 1))},
    "timestamp_in_ms out of range": {"headers": field("timestamp_in_ms", hostile.integer((1 << 63) - 1))},
    "timestamp_in_ms of 1e308": {"headers": field("timestamp_in_ms", hostile.double(1e308))},
    "a timestamp of 2^64 - 1": {"timestamp": (1 << 64) - 1},
    "a timestamp of 2^63": {"timestamp": 1 << 63},
    "a timestamp in milliseconds": {"timestamp": 1_768_469_400_000},
    "a timestamp of 0": {"timestamp": 0},
    "every property": {
        "content_type": "text/html", "content_encoding": "gzip", "priority": 255, "correlation_id": "c" * 255,
        "reply_to": "amq.rabbitmq.nothing", "expiration": "600000", "type": "\0" * 255, "app_id": "a", "cluster_id": "c"},
    "properties that are no UTF-8": {
        "content_type": b"\xff\xfe", "correlation_id": b"\xf0\x28\x8c\x28", "type": b"\0\xff", "reply_to": b"\xff"},
    "a content type of 255 semicolons": {"content_type": ";" * 255},
}


@pytest.fixture
def raw(world):
    with RawPublisher(world.broker.url()) as publisher:
        yield publisher


def publish_good(world, raw):
    """A good event as a neighbour, published on the same connection; returns its id."""
    event_id = unique("good")
    raw.publish(world.exchange, TYPE, json.dumps(body()).encode(), message_id=event_id)
    return event_id


def expect_sent(world, ids):
    wanted = set(ids)

    def sent():
        return wanted <= {row["event_id"] for row in world.audit.log(status="sent")}

    def told():
        found = {row["event_id"]: (row["status"], row["error_code"]) for row in world.audit.log()}
        return f"all good events sent; {({each: found.get(each) for each in wanted})}\n{world.daemon.tail(8)}"

    eventually(sent, told, within=60)


def expect_dead(world, poison):
    """Each id of `poison` is recorded as rejected with its code, and found in dead_letter."""
    eventually(lambda: world.audit.count("dead_letter") >= len(poison),
               lambda: f"{len(poison)} dead letters; {world.audit.statuses()}\n{world.daemon.tail(8)}", within=60)
    rows = {row["event_id"]: row for row in world.audit.log(status="rejected")}
    dead = {row["event_id"]: row for row in world.audit.dead_letters()}
    for event_id, (name, code) in poison.items():
        assert event_id in rows, f"{name}: no row says that it was rejected"
        assert event_id in dead, f"{name}: not in dead_letter"
        assert (dead[event_id]["reason"], rows[event_id]["channel"]) == ("rejected", "none"), name
        assert rows[event_id]["error_code"] == dead[event_id]["error_code"], name
        assert code in (None, rows[event_id]["error_code"]), f"{name}: {rows[event_id]['error_code']}, not {code}"
        assert rows[event_id]["error"].isprintable() and len(rows[event_id]["error"]) < 300, name


def expect_alive(world):
    world.wait_until_all_is_acked(within=60)
    assert world.daemon.process.is_running, world.daemon.tail(20)


def test_every_hostile_body_is_dead_lettered_with_its_reason_and_its_neighbours_arrive(world, raw):
    world.start()
    poison, good = {}, []
    for name, (data, code) in POISON.items():
        event_id = unique("bad")
        raw.publish(world.exchange, TYPE, data, message_id=event_id, content_type="application/json")
        poison[event_id] = (name, code)
        good.append(publish_good(world, raw))
    for name, (properties, code) in POISON_PROPERTIES.items():
        event_id = unique("bad")
        raw.publish(world.exchange, TYPE, json.dumps(body()).encode(), message_id=event_id, **properties)
        poison[event_id] = (name, code)
        good.append(publish_good(world, raw))
    expect_sent(world, good)
    expect_dead(world, poison)
    expect_alive(world)


def test_odd_headers_and_properties_change_nothing_about_the_event(world, raw):
    world.start()
    ids = []
    for properties in ODD.values():
        ids.append(unique("odd"))
        raw.publish(world.exchange, TYPE, json.dumps(body()).encode(), message_id=ids[-1], **properties)
        ids.append(publish_good(world, raw))
    expect_sent(world, ids)
    expect_alive(world)
    assert world.audit.statuses() == {"sent": len(ids)}


def test_a_body_of_exactly_one_mebibyte_is_an_event(world, raw):
    world.start()
    event_id = unique("odd")
    raw.publish(world.exchange, TYPE, sized(ONE_MIB), message_id=event_id)
    world.settled(event_id, "sent")


def test_headers_of_any_type_and_nesting_stop_nothing(world, raw):
    world.start()
    good = []
    count = 300
    for seed in range(count):
        raw.publish(world.exchange, TYPE, json.dumps(body()).encode(), message_id=unique("any"),
                    headers=hostile.any_headers(seed, 1 + seed % 12))
        if seed % 10 == 0:
            good.append(publish_good(world, raw))
    expect_sent(world, good)
    expect_alive(world)
    # A header may spoil the event's time, or make it an old one; nothing else about it.
    statuses = world.audit.statuses()
    assert sum(statuses.values()) == count + len(good) and set(statuses) <= {"sent", "rejected", "expired"}, statuses
    assert {row["error_code"] for row in world.audit.log(status="rejected")} <= {"shape.invalid"}


def test_message_ids_that_are_none(world, raw):
    world.start()
    bad = [b"\0", b"a\0b", b"a\nb", b"\x7f", b"\x1b[31m"]
    for event_id in bad:
        raw.publish(world.exchange, TYPE, json.dumps(body()).encode(), message_id=event_id)
    odd = [b"x" * 255, b"\xff\xfe", "ключ".encode(), "\u202e".encode()]
    for event_id in odd:
        raw.publish(world.exchange, TYPE, json.dumps(body()).encode(), message_id=event_id)
    good = publish_good(world, raw)
    expect_sent(world, [good])
    expect_alive(world)
    statuses = world.audit.statuses()
    assert statuses["sent"] + statuses["rejected"] == len(bad) + len(odd) + 1


def test_damaged_events_by_the_hundred_are_sent_or_dead_lettered(world, raw):
    world.start()
    chance = random.Random(20_261_122)
    count, good = 400, []
    for number in range(count):
        data = bytearray(json.dumps(body()).encode())
        for _ in range(chance.randrange(1, 6)):
            place = chance.randrange(len(data))
            match chance.randrange(3):
                case 0: data[place] = chance.randrange(256)
                case 1: del data[place:place + chance.randrange(1, 8)]
                case _: data[place:place] = chance.choice([b"\0", b"{", b'"', b"\\", b"\xff", b"1e9", b"null", b":", b","])
            data = data or bytearray(b"{")
        raw.publish(world.exchange, TYPE, bytes(data), message_id=unique("any"))
        if number % 20 == 0:
            good.append(publish_good(world, raw))
    expect_sent(world, good)
    eventually(lambda: world.audit.count("notification_log") >= count + len(good),
               lambda: f"a row for each; {world.audit.statuses()}", within=60)
    assert world.daemon.process.is_running, world.daemon.tail(20)


def test_hostile_messages_straight_into_the_dead_letter_queue_are_collected(world, raw):
    world.start()
    count = 40
    for seed in range(count):
        data = random.Random(seed).randbytes(seed * 20)
        raw.publish(world.dead_letter_exchange, world.queue, data, message_id=unique("dead"),
                    headers=hostile.any_headers(seed, seed % 9), timestamp=struct.unpack(">Q", b"\xff" * 8)[0])
    good = publish_good(world, raw)
    eventually(lambda: world.audit.count("dead_letter") == count,
               lambda: f"{count} dead letters; there are {world.audit.count('dead_letter')}\n{world.daemon.tail(8)}", within=60)
    expect_sent(world, [good])
    expect_alive(world)
