"""A publisher that OpenTelemetry's own SDK traces: its trace goes on in ours (contract sections 4 and 11)."""

import json

from harness import Event
from helpers.events import payment, traceparent, unique
from helpers.spans import child, children, one_process_span, process_spans
from helpers.waiting import eventually

QUICK = {"retry.delays": "50ms,50ms"}


def publish(world, shop, context=None, **more):
    """A payment, published by the traced service; the event's id and what it was published with."""
    event = Event("payment.completed", payment(email="jane@example.com", **more), message_id=unique("evt"))
    return event.message_id, shop.publish(event, world.exchange, context)


def ids(context):
    return context.trace_id, context.span_id


def test_the_span_of_a_real_publisher_is_parent_and_link_of_ours(world, collector, shop):
    world.start(environment=collector.environment)
    event_id, published = publish(world, shop)
    assert ids(published) == (published.span["trace_id"], published.span["span_id"]), "its PRODUCER span, none above"
    row = world.settled(event_id, "sent")
    process = one_process_span(collector, event_id)
    assert (process.trace_id, process.parent_span_id) == ids(published)
    assert [ids(link) for link in process.links] == [ids(published)]
    assert process.start >= published.span["start"]
    assert row["trace_id"] == published.trace_id
    child(collector, process, "settle event")
    assert {span.trace_id for span in children(collector, process)} == {published.trace_id}
    assert not any(span.links for span in children(collector, process)), "the process span alone is linked"


def test_the_request_before_the_publisher_is_in_the_trace_and_its_tracestate_is_kept(world, collector, shop):
    world.start(environment=collector.environment)
    header, trace_id, _ = traceparent()
    state = "vendor=t61rcWkgMzE,other@system=a-b_c"
    event_id, published = publish(world, shop, {"traceparent": header, "tracestate": state})
    assert published.trace_id == trace_id and published.headers["tracestate"] == state
    world.settled(event_id, "sent")
    process = one_process_span(collector, event_id)
    assert (process.trace_id, process.parent_span_id) == ids(published)
    child(collector, process, "settle event")
    assert {span.trace_state for span in [process, *children(collector, process)]} == {state}


def test_a_request_that_is_not_sampled_is_not_recorded_here_and_audited_by_its_trace(world, collector, shop):
    world.start(environment=collector.environment)
    header, trace_id, _ = traceparent()
    event_id, published = publish(world, shop, {"traceparent": header[:-2] + "00"})
    assert published.span is None and published.trace_id == trace_id
    assert world.settled(event_id, "sent")["trace_id"] == trace_id
    line = world.daemon.wait_for(None, event_id=event_id)
    assert (line["trace_id"], line["trace_flags"]) == (trace_id, "00")
    one_process_span(collector, publish(world, shop)[0])
    assert collector.trace(trace_id) == []


def test_a_parked_event_keeps_parent_state_and_baggage_and_goes_on_in_the_same_trace(world, collector, shop):
    world.start({"retry.delays": "1h"}, collector.environment)
    world.smtp.answer("rcpt", "450 4.2.0 try later", times=1)
    header, trace_id, _ = traceparent()
    baggage = "tenant=acme%20ltd,plan=gold"
    event_id, published = publish(
        world, shop, {"traceparent": header, "tracestate": "vendor=1", "baggage": baggage})
    world.settled(event_id, "retrying")
    stored = world.audit.parked()[0]["headers"]
    stored = json.loads(stored) if isinstance(stored, str) else stored
    kept = {name: value for name, value in stored.get("headers", stored).items() if name in published.headers}
    assert kept == published.headers and kept["tracestate"] == "vendor=1"
    # "acme ltd" as Python's SDK writes it.
    assert kept["baggage"] == "tenant=acme+ltd,plan=gold"
    with_event = [row["id"] for row in world.audit.log(event_id=event_id)]
    world.audit.query("UPDATE notifications.parked SET due_at = now() WHERE notification_id = %s", with_event[0])
    world.settled(event_id, "sent")
    passages = eventually(lambda: (found := process_spans(collector, event_id))[1:] and found, "both passages")
    assert [(span.trace_id, span.parent_span_id) for span in passages] == [ids(published)] * 2
    assert [[ids(link) for link in span.links] for span in passages] == [[ids(published)]] * 2
    assert {span.trace_state for span in passages} == {"vendor=1"}


def test_without_a_usable_context_the_retries_go_on_in_the_first_attempts_trace(world, collector):
    world.start(QUICK, collector.environment)
    for headers in (None, {"traceparent": "00-xyz", "tracestate": "stale=1"},
                    {"Traceparent": "00-" + "0" * 32 + "-" + "0" * 16 + "-01"}):
        world.smtp.answer("rcpt", "450 4.2.0 try later", times=2)
        event_id = world.publish("payment.completed", payment(email="a@example.com"), headers=headers)
        row = world.settled(event_id, "sent")
        passages = eventually(lambda: (found := process_spans(collector, event_id))[2:] and found, "three passages")
        first = passages[0]
        assert first.parent_span_id == "" and not first.links, headers
        assert {span.trace_id for span in passages} == {first.trace_id} == {row["trace_id"]}, headers
        assert [span.parent_span_id for span in passages[1:]] == [first.span_id] * 2, headers
        assert {span.trace_state for span in passages} == {""}, "the state of a broken context is dropped with it"


def test_propagators_say_which_headers_are_read_and_carried_on(world, collector, shop):
    context = {"traceparent": traceparent()[0], "tracestate": "vendor=1", "baggage": "tenant=acme"}
    for propagators, goes_on in (("none", False), ("baggage", False), ("tracecontext", True),
                                 ("tracecontext,baggage", True), ("", True)):
        daemon = world.start(environment={**collector.environment, "OTEL_PROPAGATORS": propagators})
        event_id, published = publish(world, shop, context)
        world.settled(event_id, "sent")
        process = one_process_span(collector, event_id)
        expected = ids(published) if goes_on else (process.trace_id, "")
        assert (process.trace_id, process.parent_span_id) == expected, propagators
        assert (process.trace_id == published.trace_id) == goes_on, propagators
        assert len(process.links) == goes_on and process.trace_state == ("vendor=1" if goes_on else ""), propagators
        daemon.stop()
