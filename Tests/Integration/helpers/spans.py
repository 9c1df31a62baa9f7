"""Spans as a tracing backend shows them: by trace, by name, by parent."""

from .waiting import eventually


def process_spans(collector, event_id):
    """The CONSUMER spans of one event, the earliest first."""
    return sorted((span for span in collector.spans if span.attributes.get("messaging.message.id") == event_id
                   and span.name.startswith("process ")), key=lambda span: span.start)


def one_process_span(collector, event_id):
    """The event's only passage, once the collector has it and everything below it."""
    found = eventually(lambda: process_spans(collector, event_id), f"a process span of {event_id}")
    assert len(found) == 1, f"{len(found)} process spans of {event_id}"
    return found[0]


def children(collector, parent):
    """The spans right below, the earliest first."""
    return sorted((span for span in collector.spans
                   if (span.trace_id, span.parent_span_id) == (parent.trace_id, parent.span_id)),
                  key=lambda span: (span.start, span.end))


def child(collector, parent, name):
    """The one span of that name right below, once it is there."""
    found = eventually(lambda: [span for span in children(collector, parent) if span.name == name],
                       lambda: f"a span {name}; there are {[span.name for span in children(collector, parent)]}")
    assert len(found) == 1, f"{len(found)} spans {name}"
    return found[0]
