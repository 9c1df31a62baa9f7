"""OTLP's protobuf as plain objects, decoded by OpenTelemetry's own schema and Google's implementation."""

import dataclasses

try:
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
        ExportTraceServiceRequest,
        ExportTraceServiceResponse,
    )
except ImportError as error:
    raise ImportError(f"{error}: run make setup, and this by .build/python/bin/python") from error

_KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
_STATUSES = ("UNSET", "OK", "ERROR")


@dataclasses.dataclass(frozen=True)
class Link:
    """Another span that this one belongs with."""

    trace_id: str
    span_id: str
    attributes: dict


@dataclasses.dataclass(frozen=True)
class Span:
    """A span; ids in hexadecimal, times in nanoseconds since 1970."""

    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    kind: str
    start: int
    end: int
    attributes: dict
    links: tuple
    status: str
    status_message: str
    trace_state: str
    flags: int
    resource: dict
    scope: str
    schema: str

    @property
    def milliseconds(self):
        return (self.end - self.start) / 1e6


def decode(data):
    """All spans of an export request, with the resource and scope around them.

    A ValueError for what is no such request, or holds fields that OpenTelemetry's schema has not.
    """
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(data)
    except DecodeError as error:
        raise ValueError(str(error)) from error
    before = request.ByteSize()
    request.DiscardUnknownFields()
    if request.ByteSize() != before:
        raise ValueError("the request has fields that are not in the schema")
    return [
        _span(span, _attributes(group.resource.attributes), scope)
        for group in request.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]


def partial_success(rejected, message):
    """The body of an answer that takes all spans but `rejected`."""
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = rejected
    response.partial_success.error_message = message
    return response.SerializeToString()


def _span(span, resource, group):
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_span_id=span.parent_span_id.hex(),
        name=span.name,
        kind=_KINDS[span.kind],
        start=span.start_time_unix_nano,
        end=span.end_time_unix_nano,
        attributes=_attributes(span.attributes),
        links=tuple(
            Link(link.trace_id.hex(), link.span_id.hex(), _attributes(link.attributes)) for link in span.links
        ),
        status=_STATUSES[span.status.code],
        status_message=span.status.message,
        trace_state=span.trace_state,
        flags=span.flags,
        resource=resource,
        scope=group.scope.name,
        schema=group.schema_url,
    )


def _attributes(pairs):
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value):
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(element) for element in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    return getattr(value, kind)
