"""A service that OpenTelemetry's own Python SDK and its instrumentation of pika trace: a JSON line in for each message,
a JSON line out with the span it was published under.

    traced_publisher_process.py AMQP_URL

A message may come with `context`: the headers of the request that led to it (`traceparent`, `tracestate`, `baggage`).
"""

import base64
import json
import sys

import pika
from opentelemetry import context, propagate
from opentelemetry.instrumentation.pika import PikaInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind


def main():
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    PikaInstrumentor().instrument(tracer_provider=provider)
    tracer = provider.get_tracer("shop")
    channel = pika.BlockingConnection(pika.URLParameters(sys.argv[1])).channel()
    channel.confirm_delivery()
    for line in sys.stdin:
        message = json.loads(line)
        properties = pika.BasicProperties(delivery_mode=2, headers={}, message_id=message["message_id"])
        token = context.attach(propagate.extract(message["context"]))
        try:
            with tracer.start_as_current_span("POST /payments", kind=SpanKind.SERVER):
                body = base64.b64decode(message["body"])
                channel.basic_publish(message["exchange"], message["routing_key"], body, properties, mandatory=True)
        finally:
            context.detach(token)
        producer = next((span for span in exporter.get_finished_spans() if span.kind is SpanKind.PRODUCER), None)
        exporter.clear()
        print(json.dumps({"headers": properties.headers, "span": described(producer)}), flush=True)


def described(span):
    """None for a span that was not sampled."""
    if span is None:
        return None
    return {
        "trace_id": f"{span.context.trace_id:032x}",
        "span_id": f"{span.context.span_id:016x}",
        "name": span.name,
        "start": span.start_time,
        "end": span.end_time,
    }


if __name__ == "__main__":
    main()
