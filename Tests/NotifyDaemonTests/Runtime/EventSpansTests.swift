import DomainEvents
import FoundationEssentials
import Telemetry
import Testing

@testable import NotifyDaemon

@Suite("The trace context that a stored message carries on")
struct EventSpansTests {
    private func stored(
        _ headers: [String: String],
        propagators: Propagators = [.traceContext, .baggage]
    ) -> (headers: [String: String], own: String) {
        let spans = EventSpans(
            tracer: TelemetryTracer(propagators: propagators),
            queue: "notifications.events",
            databaseName: "test"
        )
        let message = IncomingMessage(
            exchange: "domain-events",
            routingKey: "user.signup",
            body: [],
            headers: headers,
            receivedAt: Date(timeIntervalSince1970: 0)
        )
        let span = spans.process(message, delivery: nil, broker: nil)
        return (spans.carrying(span, in: message).headers, TraceParent.header(for: span.spanContext))
    }

    @Test("a publisher's context is stored as it came, in whatever case its name is")
    func publishers() {
        let context = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        for name in ["traceparent", "Traceparent"] {
            let headers = [name: context, "tracestate": "vendor=1", "baggage": "a=b", "x": "1"]
            #expect(stored(headers).headers == headers)
        }
    }

    @Test("without one our own is added, beside the other headers")
    func own() {
        let stored = stored(["x": "1"])
        #expect(stored.headers == ["x": "1", "traceparent": stored.own])
    }

    @Test(
        "one that nobody can read is replaced whole, its state too",
        arguments: ["00-xyz", "", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"]
    )
    func unreadable(context: String) {
        let stored = stored(["Traceparent": context, "TraceState": "stale=1", "x": "1"])
        #expect(stored.headers == ["x": "1", "traceparent": stored.own])
    }

    @Test("where contexts are not propagated the headers are left alone", arguments: [[], Propagators.baggage])
    func notPropagated(propagators: Propagators) {
        let headers = ["traceparent": "00-xyz", "tracestate": "stale=1"]
        #expect(stored(headers, propagators: propagators).headers == headers)
    }
}
