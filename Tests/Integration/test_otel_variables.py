"""OpenTelemetry's variables, by the specification's rules (contract section 2)."""

import dataclasses

import pytest

from harness import Collector
from helpers.events import payment, traceparent
from helpers.spans import one_process_span, process_spans
from helpers.waiting import eventually

# Another service's contexts: recorded there, not recorded there, none.
PARENTS = ("01", "00", None)


def send(world, flags=None):
    headers = None if flags is None else {"traceparent": traceparent()[0][:-2] + flags}
    event_id = world.publish("payment.completed", payment(email="a@example.com"), headers=headers)
    world.settled(event_id, "sent")
    return event_id


def warned(daemon):
    """The variables that the daemon warned about when it started."""
    return sorted({line["error"].split(":")[0] for line in daemon.find("telemetry setting", level="warning")})


@dataclasses.dataclass
class Case:
    """Variables, what is exported with them, and which of them are warned about."""

    variables: dict
    exports: bool = True
    warns: tuple = ()
    resource: dict = dataclasses.field(default_factory=dict)
    path: str = "/v1/traces"
    headers: dict = dataclasses.field(default_factory=dict)


CASES = {
    "empty is unset": Case({name: "" for name in (
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER", "OTEL_TRACES_SAMPLER", "OTEL_PROPAGATORS",
        "OTEL_SERVICE_NAME", "OTEL_SDK_DISABLED", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_COMPRESSION",
        "OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_TRACES_SAMPLER_ARG")},
        resource={"service.name": "notifications-service"}),
    "bad numbers": Case({
        "OTEL_BSP_MAX_QUEUE_SIZE": "many", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "-1", "OTEL_BSP_EXPORT_TIMEOUT": "1.5",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "10s"},
        warns=("OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "OTEL_BSP_MAX_QUEUE_SIZE",
               "OTEL_EXPORTER_OTLP_TIMEOUT")),
    "disabled": Case({"OTEL_SDK_DISABLED": "TRUE"}, exports=False),
    "disabled by no true": Case({"OTEL_SDK_DISABLED": "1"}, warns=("OTEL_SDK_DISABLED",)),
    "no exporter": Case({"OTEL_TRACES_EXPORTER": "none"}, exports=False),
    "the otlp exporter": Case({"OTEL_TRACES_EXPORTER": "otlp"}),
    "an unknown exporter": Case({"OTEL_TRACES_EXPORTER": "jaeger"}, exports=False, warns=("OTEL_TRACES_EXPORTER",)),
    "another protocol": Case({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, exports=False,
                             warns=("OTEL_EXPORTER_OTLP_PROTOCOL",)),
    "the traces' protocol over the general one": Case({
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}),
    "the traces' endpoint as it is": Case({
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "{url}/own/path", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
        path="/own/path"),
    "a path before /v1/traces": Case({"OTEL_EXPORTER_OTLP_ENDPOINT": "{url}/base/"}, path="/base/v1/traces"),
    "an endpoint that is none": Case({"OTEL_EXPORTER_OTLP_ENDPOINT": "ftp://x y"}, exports=False,
                                     warns=("OTEL_EXPORTER_OTLP_ENDPOINT",)),
    "the traces' headers over the general ones": Case({
        "OTEL_EXPORTER_OTLP_HEADERS": "x-a=general,x-b=2",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "X-A=a%20b%2C%3D"}, headers={"x-a": "a b,=", "x-b": None}),
    "a header that would break the request": Case({"OTEL_EXPORTER_OTLP_HEADERS": "x-a=1%0D%0Ax-b: 2,x-c=3"},
                                                  warns=("OTEL_EXPORTER_OTLP_HEADERS",),
                                                  headers={"x-a": None, "x-b": None, "x-c": "3"}),
    "the traces' compression over the general one": Case({
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "gzip"},
        headers={"content-encoding": "gzip"}),
    "an unknown compression leaves the word to the general one": Case({
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "zstd"},
        warns=("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",), headers={"content-encoding": "gzip"}),
    "resource attributes are decoded, the service's name wins": Case({
        "OTEL_RESOURCE_ATTRIBUTES": "service.name=loses, deployment.environment.name=prod%20eu%2C1,k=a%3Db",
        "OTEL_SERVICE_NAME": "mailer"},
        resource={"service.name": "mailer", "deployment.environment.name": "prod eu,1", "k": "a=b"}),
    "the service's name among the attributes": Case({"OTEL_RESOURCE_ATTRIBUTES": "service.name=shop"},
                                                    resource={"service.name": "shop"}),
    "broken resource attributes": Case({"OTEL_RESOURCE_ATTRIBUTES": "a=1,b=%zz"}, warns=("OTEL_RESOURCE_ATTRIBUTES",),
                                       resource={"a": None, "service.name": "notifications-service"}),
    "an unknown propagator": Case({"OTEL_PROPAGATORS": "tracecontext,b3"}, warns=("OTEL_PROPAGATORS",)),
    "an unknown sampler": Case({"OTEL_TRACES_SAMPLER": "sometimes"}, warns=("OTEL_TRACES_SAMPLER",)),
    "a share that is none": Case({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "2"},
                                 warns=("OTEL_TRACES_SAMPLER_ARG",)),
}


def test_each_variable_does_what_the_specification_says(world, collector):
    for name, case in CASES.items():
        variables = {key: value.replace("{url}", collector.url) for key, value in case.variables.items()}
        collector.path = case.path
        before = len(collector.exports)
        daemon = world.start(environment={**collector.environment, **variables})
        event_id = send(world)
        assert daemon.stop() == 0, name
        assert warned(daemon) == sorted(case.warns), name
        assert (len(collector.exports) > before) == case.exports, name
        if not case.exports:
            continue
        span = one_process_span(collector, event_id)
        assert {key: span.resource.get(key) for key in case.resource} == case.resource, name
        headers = collector.exports[-1].headers
        assert {key: headers.get(key) for key in case.headers} == case.headers, name


def test_samplers_decide_by_their_parent_or_not(world, collector):
    every, none = (True, True, True), (False, False, False)
    for sampler, argument, recorded in [
        ("", "", (True, False, True)),
        ("always_on", "", every),
        ("always_off", "", none),
        ("traceidratio", "1", every),
        ("traceidratio", "0", none),
        ("parentbased_always_on", "", (True, False, True)),
        ("parentbased_always_off", "", (True, False, False)),
        ("parentbased_traceidratio", "0.0", (True, False, False)),
        ("parentbased_traceidratio", "1.0", (True, False, True)),
    ]:
        daemon = world.start(environment={**collector.environment, "OTEL_TRACES_SAMPLER": sampler,
                                          "OTEL_TRACES_SAMPLER_ARG": argument})
        ids = [send(world, flags) for flags in PARENTS]
        lines = [daemon.wait_for(None, event_id=event_id) for event_id in ids]
        daemon.stop()
        found = tuple(bool(process_spans(collector, event_id)) for event_id in ids)
        assert found == recorded, f"{sampler} {argument}: of sampled, unsampled and no parent"
        assert [line["trace_flags"] for line in lines] == ["01" if each else "00" for each in recorded], sampler
        assert warned(daemon) == [], sampler


def test_a_share_takes_the_traces_whose_ids_say_so(world, collector):
    world.start(environment={**collector.environment, "OTEL_TRACES_SAMPLER": "traceidratio",
                             "OTEL_TRACES_SAMPLER_ARG": "0.5"})
    # The last 63 bits of the trace id, as a share of all: as OpenTelemetry's SDKs for Go and Java have it.
    for low, is_recorded in (("0" * 15 + "1", True), ("7" + "f" * 15, True), ("8" + "0" * 15, False),
                             ("f" * 16, False)):
        trace_id = "4bf92f3577b34da6" + low
        world.settled(world.publish("payment.completed", payment(email="a@example.com"),
                                    headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-00"}), "sent")
    world.daemon.stop()
    recorded = {span.trace_id[16:] for span in collector.spans}
    assert recorded == {"0" * 15 + "1", "7" + "f" * 15}


def test_batches_keep_their_size_queue_and_delay(world, collector):
    world.start(environment={**collector.environment, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "4",
                             "OTEL_BSP_SCHEDULE_DELAY": "60000", "OTEL_BSP_MAX_QUEUE_SIZE": "100"})
    send(world)
    eventually(lambda: collector.exports, "a full batch goes out without the delay")
    assert len(collector.exports[0].spans) == 4
    assert len(collector.exports) == 1, "the fifth waits for others"
    world.daemon.stop()
    assert [len(export.spans) for export in collector.exports] == [4, 1]


def test_a_request_gets_the_time_of_its_variable_and_a_batch_of_its_own(world):
    with Collector() as collector:
        collector.stop()
        world.start(environment={**collector.environment, "OTEL_BSP_EXPORT_TIMEOUT": "300",
                                 "OTEL_EXPORTER_OTLP_TIMEOUT": "100"})
        send(world)
        world.daemon.wait_for("connection lost", component="otlp")
        collector.start()
        # The batch's time is over before the first retry; the next batch finds the collector there.
        event_id = send(world)
        one_process_span(collector, event_id)
        assert {span.trace_id for span in collector.spans} == {one_process_span(collector, event_id).trace_id}
        assert world.daemon.wait_for("spans dropped", component="otlp")["spans"] == 5


@pytest.mark.parametrize("exporter, printed, exported", [("console", True, False), ("otlp,console", True, True)])
def test_the_console_exporter_prints_a_tree(world, collector, exporter, printed, exported):
    daemon = world.start(environment={**collector.environment, "OTEL_TRACES_EXPORTER": exporter})
    send(world)
    daemon.stop()
    text = "\n".join(daemon.other_output)
    names = [f"process {world.exchange}:payment.completed:", "claim event", "render", "send email", "settle event"]
    assert all(name in text for name in names) == printed
    assert bool(collector.exports) == exported
