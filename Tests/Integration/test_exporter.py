"""The exporter and a collector that misbehaves: OTLP/HTTP's rules for failures, from outside (contract section 11)."""

import email.utils
import os
import time

import pytest

from harness import PROTOBUF, CertificateAuthority, Collector, NameServer, Reply, partial_success
from helpers.events import payment
from helpers.spans import process_spans
from helpers.waiting import eventually, never


def send(world):
    event_id = world.publish("payment.completed", payment(email="a@example.com"))
    world.settled(event_id, "sent")
    return event_id


def arrived(collector, event_id):
    """The passage of the event, once the collector took it; never twice."""
    found = eventually(lambda: process_spans(collector, event_id), f"the spans of {event_id}")
    assert len(found) == 1
    return found[0]


def identities(export):
    return sorted(span.span_id for span in export.spans)


# What happens again and again is told only now and then, and each time at debug.
EACH_FAILURE = {"log.level": "info,otlp=debug"}


def http_date(seconds_from_now):
    return email.utils.formatdate(time.time() + seconds_from_now, usegmt=True)


def test_what_may_pass_is_tried_again_with_the_same_spans(world, collector):
    world.start(EACH_FAILURE, {**collector.environment, "OTEL_EXPORTER_OTLP_TIMEOUT": "1000"})
    cases = [
        # The answer, and how many seconds are between the two requests at least: 0.5 is the shortest back-off.
        (Reply(429, retry_after=2), 2),
        (Reply(503), 0.5),
        (Reply(503, retry_after="soon", body=b"<html>", content_type="text/html"), 0.5),
        (Reply(502), 0.5),
        (Reply(504), 0.5),
        (Reply(resets=True), 0.5),
        (Reply(hangs=True), 1.5),
    ]
    for reply, seconds in cases:
        check_retry(world, collector, reply, seconds)
    # A date has no fractions: it may be a second less.
    check_retry(world, collector, Reply(429, retry_after=http_date(5)), 2)
    world.daemon.wait_for("export failed", component="otlp", count=len(cases) + 1)
    world.daemon.wait_for("connection lost", component="otlp")
    world.daemon.wait_for("reconnected", component="otlp")
    assert world.daemon.find("spans dropped") == []


def check_retry(world, collector, reply, seconds):
    before = len(collector.exports)
    collector.answer_next(reply)
    arrived(collector, send(world))
    first, second = collector.exports[before : before + 2]
    assert identities(first) == identities(second), reply
    assert second.status == 200 and second.at - first.at >= seconds, reply


def test_what_will_not_pass_is_not_tried_again_and_is_told(world, collector):
    world.start(EACH_FAILURE, collector.environment)
    refusals = [Reply(status) for status in (400, 401, 403, 404, 500, 501, 307)]
    for reply in [*refusals, Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n")]:
        before, told = len(collector.exports), world.daemon.mark()
        collector.answer_next(reply)
        lost = send(world)
        world.daemon.wait_for("spans dropped", since=told, component="otlp", level="debug")
        arrived(collector, send(world))
        # One export at a time: a second try would have come before the next batch.
        assert [export.status for export in collector.exports[before:]] == [reply.sent_status, 200], reply
        assert process_spans(collector, lost) == []
        dropped = world.daemon.wait_for("spans dropped", since=told, component="otlp", level="debug")
        assert dropped["spans"] == len(collector.exports[before].spans) == 5, reply
        assert dropped["error"]


def test_a_success_is_one_whatever_its_body_says(world, collector):
    world.start(environment=collector.environment)
    for content_type, body in [
        (PROTOBUF, b""),
        (PROTOBUF, b"\x0a\xff\xff\xff"),
        (PROTOBUF, b"\xff" * 1000),
        ("text/html", b"<html><body>200</body></html>"),
        ("application/json", b'{"partialSuccess":{"rejectedSpans":"1"}}'),
        ("text/plain", partial_success(5, "none of them")),
    ]:
        before = len(collector.exports)
        collector.answer_next(Reply(body=body, content_type=content_type))
        arrived(collector, send(world))
        arrived(collector, send(world))
        assert len(collector.exports) == before + 2, (content_type, body)
    world.daemon.stop()
    assert world.daemon.find(None, level="warning", component="otlp") == []


def test_partial_success_is_logged_with_the_collectors_words_and_not_sent_again(world, collector):
    world.start(environment=collector.environment)
    collector.answer_next(Reply(body=partial_success(2, "spans from the future")))
    event_id = send(world)
    line = world.daemon.wait_for("the collector refused spans", component="otlp")
    assert (line["spans"], line["error"], line["level"]) == (2, "spans from the future", "warning")
    arrived(collector, event_id)
    never(lambda: collector.exports[1:], "it was sent again")


def test_a_batch_that_is_too_large_is_split_until_it_fits(world, collector):
    collector.largest = 3
    world.start(environment={**collector.environment, "OTEL_BSP_SCHEDULE_DELAY": "60000"})
    ids = [send(world) for _ in range(4)]
    world.daemon.stop()
    for event_id in ids:
        arrived(collector, event_id)
    assert len(collector.exports[0].spans) == 20 and collector.exports[0].status == 413
    assert all(len(export.spans) <= 3 for export in collector.exports if export.status == 200)
    spans = [span.span_id for span in collector.spans]
    assert len(spans) == len(set(spans)) == 20


def test_spans_that_never_fit_are_dropped_and_told(world, collector):
    collector.largest = 0
    world.start(environment=collector.environment)
    send(world)
    world.daemon.wait_for("connection lost", component="otlp")
    world.daemon.stop()
    assert sum(line["spans"] for line in world.daemon.find("spans dropped")) == 5
    assert [len(export.spans) for export in collector.exports][:3] == [5, 2, 1]


def test_a_compressed_request_says_what_it_is_and_who_sends_it(world, collector):
    world.start(environment={**collector.environment, "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
                             "OTEL_BSP_SCHEDULE_DELAY": "60000"})
    version = world.command("--version").output.split()[-1]
    ids = [send(world) for _ in range(5)]
    world.daemon.stop()
    for event_id in ids:
        arrived(collector, event_id)
    export = collector.exports[0]
    assert export.headers["content-encoding"] == "gzip" and export.headers["content-type"] == PROTOBUF
    assert export.headers["user-agent"] == f"notifyd/{version}"
    assert export.size < 200 * len(export.spans), "smaller than as it is"
    assert "expect" not in export.headers and export.headers["content-length"] == str(export.size)


def test_all_batches_go_over_one_kept_connection(world, collector):
    world.start(environment=collector.environment)
    for _ in range(5):
        arrived(collector, send(world))
    assert len(collector.exports) >= 5 and collector.connections == 1


def test_https_with_our_own_authority(world, authority):
    with Collector(authority.issue()) as collector:
        world.start(environment={**collector.environment, "OTEL_EXPORTER_OTLP_CERTIFICATE": authority.certificate,
                                 "OTEL_EXPORTER_OTLP_HEADERS": "x-token=abc"})
        arrived(collector, send(world))
        assert collector.exports[0].headers["x-token"] == "abc"


def test_https_with_an_authority_that_nobody_trusts_takes_nothing(world, authority, folder):
    (folder / "another").mkdir()
    another = CertificateAuthority(folder / "another").certificate
    with Collector(authority.issue()) as collector:
        for certificate in (another, folder / "no-such-file.pem", ""):
            daemon = world.start(environment={
                **collector.environment, "OTEL_EXPORTER_OTLP_CERTIFICATE": certificate,
                "OTEL_EXPORTER_OTLP_HEADERS": "x-token=s3cret"})
            send(world)
            assert daemon.wait_for("connection lost", component="otlp")["error"]
            assert daemon.stop() == 0
            assert collector.exports == []
            assert "s3cret" not in daemon.tail(1000)


def test_what_is_not_exported_yet_is_exported_at_the_end(world, collector):
    world.start(environment={**collector.environment, "OTEL_BSP_SCHEDULE_DELAY": "60000"})
    event_id = send(world)
    assert collector.exports == []
    assert world.daemon.stop() == 0
    arrived(collector, event_id)


@pytest.mark.parametrize("reply", [Reply(hangs=True), Reply(503, retry_after=60), Reply(delay=30)],
                         ids=["hangs", "busy", "slow"])
def test_a_collector_that_does_not_take_the_last_spans_holds_up_the_end_for_seconds_only(world, collector, reply):
    collector.answer_always(reply)
    world.start(environment=collector.environment)
    send(world)
    eventually(lambda: collector.exports, "the first export")
    begin = time.monotonic()
    assert world.daemon.stop(timeout=20) == 0
    assert time.monotonic() - begin < 10
    assert sum(line["spans"] for line in world.daemon.find("spans dropped")) == 5, "what is lost is told"
    assert world.daemon.find("stopped")


def test_headers_come_from_the_variable_before_the_credential_file(world, collector, folder):
    credentials = folder / "credentials"
    credentials.mkdir()
    (credentials / "otel_exporter_otlp_headers").write_text("authorization=Bearer%20s3cretFile\n")
    common = {**collector.environment, "CREDENTIALS_DIRECTORY": credentials}
    first = world.start(environment=common)
    arrived(collector, send(world))
    assert collector.exports[-1].headers["authorization"] == "Bearer s3cretFile"
    first.stop()
    second = world.start(environment={**common, "OTEL_EXPORTER_OTLP_HEADERS": "authorization=s3cretVariable, x-b=2"})
    arrived(collector, send(world))
    headers = collector.exports[-1].headers
    assert (headers["authorization"], headers["x-b"]) == ("s3cretVariable", "2")
    second.stop()
    for daemon in (first, second):
        assert "s3cret" not in daemon.tail(1000) + daemon.errors
    assert "s3cret" not in repr(collector.spans)


@pytest.mark.skipif(os.geteuid() != 0, reason="a name server for one process needs root")
def test_headers_go_over_plain_http_only_to_where_it_is_allowed(world, collector, folder):
    with NameServer(folder / "names") as names:
        for allowed in (None, "collector.shop.test"):
            daemon = world.start({"tls.allowPlaintext": allowed}, {
                **collector.environment,
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://collector.shop.test:{collector.port}",
                "OTEL_EXPORTER_OTLP_HEADERS": "authorization=s3cret"}, within=names.within)
            arrived(collector, send(world))
            assert collector.exports[-1].headers.get("authorization") == ("s3cret" if allowed else None)
            warnings = [line["error"] for line in daemon.find(None, level="warning", component="otlp")]
            assert any("OTEL_EXPORTER_OTLP_ENDPOINT" in each and "plain http" in each for each in warnings)
            assert any("OTEL_EXPORTER_OTLP_HEADERS" in each for each in warnings) == (allowed is None)
            assert daemon.stop() == 0 and "s3cret" not in daemon.tail(1000)
