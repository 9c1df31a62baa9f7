"""A publisher's trace goes on through the daemon to the database and the provider (contract section 11)."""

import os
import re

from harness import Answer
from helpers.events import payment, traceparent
from helpers.spans import child, children, one_process_span, process_spans
from helpers.waiting import eventually

QUICK = {"retry.delays": "50ms,50ms"}


def test_the_publishers_trace_goes_on_through_every_stage(world, collector):
    world.start(environment={**collector.environment, "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test"})
    header, trace_id, span_id = traceparent()
    event_id = world.publish("payment.completed", payment("u1", email="jane@example.com"),
                             correlation_id="order-7", headers={"traceparent": header, "tracestate": "vendor=1"})
    row = world.settled(event_id, "sent")
    process = one_process_span(collector, event_id)
    destination = f"{world.exchange}:payment.completed:{world.queue}"
    assert process.name == f"process {destination}"
    assert process.kind == "CONSUMER"
    assert (process.trace_id, process.parent_span_id) == (trace_id, span_id), "the publisher's span is the parent"
    assert [(link.trace_id, link.span_id) for link in process.links] == [(trace_id, span_id)], "and is linked"
    assert process.trace_state == "vendor=1"
    expected = {
        "messaging.system": "rabbitmq", "messaging.operation.name": "process", "messaging.operation.type": "process",
        "messaging.destination.name": destination,
        "messaging.rabbitmq.destination.routing_key": "payment.completed",
        "messaging.rabbitmq.message.delivery_tag": 1,
        "messaging.message.id": event_id, "messaging.message.conversation_id": "order-7",
        "server.address": "127.0.0.1", "server.port": world.broker.port,
        "notifyd.channel": "email", "notifyd.outcome": "sent", "notifyd.attempt": 1,
    }
    assert {name: process.attributes.get(name) for name in expected} == expected
    assert process.attributes["messaging.message.body.size"] > 50
    assert process.status in ("UNSET", "OK")

    names = ["claim event", "render", "send email", "settle event"]
    stages = {name: child(collector, process, name) for name in names}
    assert [span.name for span in children(collector, process)] == names, "one of each, in this order"
    assert all(process.start <= span.start and span.end <= process.end for span in stages.values()), "inside it"
    for name, operation in (("claim event", "INSERT"), ("settle event", "UPDATE")):
        span = stages[name]
        assert span.kind == "CLIENT"
        expected = {"db.system.name": "postgresql", "db.namespace": world.name, "db.operation.name": operation,
                    "db.query.summary": name}
        assert {key: span.attributes.get(key) for key in expected} == expected
        assert span.attributes["db.collection.name"]
        assert "db.operation.batch.size" not in span.attributes, "only above 1"
    assert stages["render"].kind == "INTERNAL"
    send = stages["send email"]
    assert send.kind == "CLIENT"
    expected = {"server.address": "127.0.0.1", "server.port": world.smtp.port, "smtp.response.status_code": 250,
                "notifyd.provider": "smtp"}
    assert {key: send.attributes.get(key) for key in expected} == expected
    for phase in ("dns", "connect", "tls", "total"):
        assert send.attributes[f"notifyd.{phase}.duration"] >= 0
    assert send.attributes["notifyd.connect.duration"] > 0, "the first mail opened the session"
    assert send.attributes["notifyd.total.duration"] <= (send.end - send.start) / 1e9 + 0.05

    assert row["trace_id"] == trace_id
    line = world.daemon.wait_for(None, event_id=event_id)
    assert (line["trace_id"], line["span_id"], line["trace_flags"]) == (trace_id, process.span_id, "01")
    resource = process.resource
    assert resource["service.name"] == "notifications-service"
    assert resource["process.pid"] == world.daemon.process.pid
    assert resource["service.version"] and resource["service.instance.id"]
    assert resource["host.name"] == os.uname().nodename
    assert resource["deployment.environment"] == "test"


def test_an_sms_span_tells_the_request_and_hides_account_and_number(world, collector):
    world.start({"sms.providers": "twilio"}, collector.environment)
    event_id = world.publish("payment.completed", payment("u1", phone="+4915201234567"))
    world.settled(event_id, "sent")
    send = child(collector, one_process_span(collector, event_id), "send sms")
    expected = {"http.request.method": "POST", "http.response.status_code": 201, "notifyd.provider": "twilio",
                "server.address": "127.0.0.1", "server.port": world.twilio.port}
    assert {key: send.attributes.get(key) for key in expected} == expected
    assert re.fullmatch(r".*/2010-04-01/Accounts/\{[^}]+\}/Messages\.json", send.attributes["url.template"])
    assert world.twilio.account not in repr(send) and "4915201234567" not in repr(send)


def test_a_kept_session_costs_no_name_look_up_and_no_connect(world, collector):
    world.start(environment=collector.environment)
    for _ in range(2):
        event_id = world.publish("payment.completed", payment("u1", email="jane@example.com"))
        world.settled(event_id, "sent")
    send = child(collector, one_process_span(collector, event_id), "send email")
    assert [send.attributes[f"notifyd.{phase}.duration"] for phase in ("dns", "connect", "tls")] == [0, 0, 0]


def test_every_attempt_is_in_the_one_trace_and_an_error_is_one(world, collector):
    world.start(QUICK, collector.environment)
    world.smtp.answer("rcpt", "450 4.2.0 try later", times=1)
    header, trace_id, _ = traceparent()
    event_id = world.publish("payment.completed", payment(email="full@example.com"), headers={"traceparent": header})
    world.settled(event_id, "sent")
    sends = eventually(lambda: (found := [span for span in collector.trace(trace_id)
                                          if span.name == "send email"])[1:] and found, "both sends")
    assert sends[0].status == "ERROR" and sends[1].status in ("UNSET", "OK")
    assert sends[0].attributes["error.type"] == "smtp.450"
    assert sends[0].attributes["smtp.response.status_code"] == 450
    passages = eventually(lambda: (found := process_spans(collector, event_id))[1:] and found, "both passages")
    assert [span.attributes["notifyd.outcome"] for span in passages] == ["retrying", "sent"]
    assert [span.attributes["notifyd.attempt"] for span in passages] == [1, 2]
    assert {span.trace_id for span in passages} == {trace_id}
    spans = {span.span_id: span for span in collector.trace(trace_id)}
    for span in sends:
        assert spans[span.parent_span_id].name.startswith("process ")


def test_an_event_without_a_context_starts_a_trace_of_its_own(world, collector):
    world.start(environment=collector.environment)
    first = world.publish("payment.completed", payment(email="a@example.com"))
    broken = world.publish("payment.completed", payment(email="b@example.com"), headers={"traceparent": "00-xyz"})
    rows = [world.settled(event_id, "sent") for event_id in (first, broken)]
    spans = [one_process_span(collector, event_id) for event_id in (first, broken)]
    assert all(span.parent_span_id == "" and not span.links for span in spans)
    assert [row["trace_id"] for row in rows] == [span.trace_id for span in spans]
    assert spans[0].trace_id != spans[1].trace_id


def test_several_channels_say_their_outcome_on_their_own_send_spans(world, collector, catalogue):
    folder = catalogue / "alarm.raised"
    folder.mkdir()
    (folder / "notification.yaml").write_text(
        "description: Alarm\ncategory: transactional\nchannels: [email, sms]\ndeliver: all\nfields: {userId: id}\n")
    (folder / "email.en.md").write_text('---\nsubject: "Alarm"\n---\nHello.\n')
    (folder / "sms.en.txt").write_text("Alarm\n")
    world.start({"catalogue.path": catalogue, "sms.providers": "twilio"}, collector.environment)
    world.twilio.answer(None, Answer(400, 21211))
    event_id = world.publish("alarm.raised", {"userId": "u1", "email": "a@example.com", "phone": "+4915201234567"})
    eventually(lambda: {row["status"] for row in world.audit.log(event_id=event_id)} == {"sent", "failed"}, "both")
    process = one_process_span(collector, event_id)
    assert "notifyd.channel" not in process.attributes
    outcomes = {}
    for name in ("send email", "send sms"):
        span = child(collector, process, name)
        outcomes[span.attributes["notifyd.channel"]] = span.attributes["notifyd.outcome"]
        assert span.attributes["notifyd.attempt"] == 1
    assert outcomes == {"email": "sent", "sms": "failed"}
