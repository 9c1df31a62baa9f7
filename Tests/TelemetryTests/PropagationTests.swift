import Testing
import Tracing

@testable import Telemetry

@Suite struct PropagationTests {
    private static let headers = [
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "tracestate": "congo=t61rcWkgMzE",
        "baggage": "userId=alice",
        "other": "x",
    ]

    private func extracted(_ headers: [String: String], by tracer: TelemetryTracer) -> ServiceContext {
        var context = ServiceContext.topLevel
        tracer.extract(headers, into: &context, using: HeaderCarrier())
        return context
    }

    @Test("what came in goes out again under the new span, state and baggage untouched")
    func through() throws {
        let processor = RecordingProcessor()
        let tracer = TelemetryTracer(ids: Fixtures.countingIDs(), processors: [processor])
        let span = tracer.startSpan("process", context: extracted(Self.headers, by: tracer), ofKind: .consumer)
        var outgoing: [String: String] = [:]
        tracer.inject(span.context, into: &outgoing, using: HeaderCarrier())
        #expect(
            outgoing == [
                "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000001-01",
                "tracestate": "congo=t61rcWkgMzE",
                "baggage": "userId=alice",
            ]
        )
        span.end()
        let finished = try #require(processor.spans.first)
        #expect(finished.parent?.spanID == Fixtures.parentID)
        #expect(finished.isLocalRoot)
    }

    @Test("without traceparent the tracestate is nothing, and a new trace begins")
    func stateAlone() {
        let tracer = TelemetryTracer(ids: Fixtures.countingIDs())
        let context = extracted(["tracestate": "congo=t61rcWkgMzE"], by: tracer)
        #expect(context.spanContext == nil)
        let span = tracer.startSpan("process", context: context)
        #expect(span.spanContext.traceID == TraceID(high: 1, low: 2))
        #expect(span.spanContext.state.header == "")
    }

    @Test("a broken traceparent leaves the context as it was, a broken tracestate only drops itself")
    func broken() {
        let tracer = TelemetryTracer()
        #expect(extracted(["traceparent": "00-x", "tracestate": "a=b"], by: tracer).spanContext == nil)
        var headers = Self.headers
        headers["tracestate"] = "Not Valid"
        #expect(extracted(headers, by: tracer).spanContext == Fixtures.remote)
    }

    @Test("only the chosen propagators read and write")
    func chosen() {
        let baggageOnly = TelemetryTracer(propagators: [.baggage])
        let context = extracted(Self.headers, by: baggageOnly)
        #expect(context.spanContext == nil)
        #expect(context.baggage?["userId"] == "alice")
        var outgoing: [String: String] = [:]
        let none = TelemetryTracer(propagators: [])
        none.inject(none.startSpan("x", context: context).context, into: &outgoing, using: HeaderCarrier())
        #expect(outgoing.isEmpty)
    }

    @Test("a parent that was not sampled is respected and handed on as such")
    func notSampled() {
        let processor = RecordingProcessor()
        let tracer = TelemetryTracer(processors: [processor])
        let headers = ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"]
        let span = tracer.startSpan("process", context: extracted(headers, by: tracer))
        #expect(!span.isRecording)
        var outgoing: [String: String] = [:]
        tracer.inject(span.context, into: &outgoing, using: HeaderCarrier())
        #expect(outgoing["traceparent"]?.hasSuffix("-00") == true)
        span.end()
        #expect(processor.spans.isEmpty)
    }
}
