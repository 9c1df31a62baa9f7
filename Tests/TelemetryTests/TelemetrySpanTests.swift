import Logging
import Testing
import Tracing

@testable import Telemetry

@Suite struct TelemetrySpanTests {
    private struct Failure: Error {
        var secret = "jane@example.com"
    }

    private let processor = RecordingProcessor()

    private var tracer: TelemetryTracer {
        TelemetryTracer(ids: Fixtures.countingIDs(), processors: [processor])
    }

    private func time(_ nanoseconds: UInt64) -> DefaultTracerClock.Timestamp {
        DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: nanoseconds)
    }

    private func finished(_ body: (TelemetrySpan) -> Void) throws -> FinishedSpan {
        let span = tracer.start("test", in: .topLevel, ofKind: .client, at: 100)
        body(span)
        span.end(at: time(250))
        return try #require(processor.spans.first)
    }

    @Test("start and end are the instants that were given")
    func instants() throws {
        let span = try finished { _ in }
        #expect((span.start, span.end) == (100, 250))
        #expect(span.kind == .client)
        #expect(span.parent == nil)
    }

    @Test("an end before the start becomes the start")
    func clockStep() throws {
        tracer.start("test", in: .topLevel, ofKind: .client, at: 100).end(at: time(50))
        #expect(try #require(processor.spans.first).end == 100)
    }

    @Test("a child has its parent's trace and id")
    func child() throws {
        let tracer = tracer
        let parent = tracer.startSpan("parent", context: .topLevel)
        let child = tracer.startSpan("child", context: parent.context)
        #expect(child.spanContext.traceID == parent.spanContext.traceID)
        child.end()
        let finished = try #require(processor.spans.first)
        #expect(finished.parent == parent.spanContext)
        #expect(!finished.isLocalRoot)
    }

    @Test("after the end nothing changes, and a second end is none")
    func ended() throws {
        let span = tracer.start("test", in: .topLevel, ofKind: .client, at: 100)
        span.set("kept", 1)
        span.end(at: time(200))
        span.set("late", 1)
        span.operationName = "late"
        span.end(at: time(300))
        #expect(processor.spans.count == 1)
        let finished = try #require(processor.spans.first)
        #expect(finished.attributes.items.map(\.key) == ["kept"])
        #expect(finished.name == "test")
        #expect(finished.end == 200)
        #expect(!span.isRecording)
    }

    @Test("ok is final, an error may be replaced, fail sets status and error.type")
    func status() throws {
        let span = try finished { span in
            span.fail("smtp.550", message: "refused")
            span.setStatus(SpanStatus(code: .ok))
            span.setStatus(SpanStatus(code: .error, message: "too late"))
        }
        #expect(span.status == .ok)
        #expect(span.attributes["error.type"] == "smtp.550")
    }

    @Test("an error is recorded by its type, its text may hold an address and is left out")
    func recordError() throws {
        let span = try finished { $0.recordError(Failure(), attributes: ["retry": true], at: time(120)) }
        let event = try #require(span.events.first)
        #expect(event.name == "exception")
        #expect(event.time == 120)
        #expect(event.attributes.items.map(\.key) == ["exception.type", "retry"])
        #expect(!String(describing: event).contains("jane"))
    }

    @Test("events and links beyond 128 are dropped and counted")
    func limits() throws {
        let span = try finished { span in
            for _ in 0..<130 {
                span.addEvent("event")
                span.addLink(to: Fixtures.remote)
            }
        }
        #expect((span.events.count, span.droppedEvents) == (128, 2))
        #expect((span.links.count, span.droppedLinks) == (128, 2))
    }

    @Test("a link to a context without a span is ignored")
    func link() throws {
        let span = try finished { $0.addLink(SpanLink(context: .topLevel, attributes: [:])) }
        #expect(span.links.isEmpty)
    }

    @Test("withSpan makes the span current, ends it and marks what it throws")
    func withSpan() throws {
        let tracer = tracer
        #expect(throws: Failure.self) {
            try tracer.withSpan("work", context: .topLevel) { span in
                #expect(ServiceContext.current?.spanContext == span.spanContext)
                #expect(ServiceContext.current?.spanContext?.logMetadata["trace_flags"] == "01")
                throw Failure()
            }
        }
        #expect(try #require(processor.spans.first).status == .error(""))
    }

    @Test("without a processor spans have ids and record nothing")
    func idle() {
        let span = TelemetryTracer(ids: Fixtures.countingIDs()).startSpan("test", context: .topLevel)
        span.set("key", 1)
        #expect(!span.isRecording)
        #expect(span.spanContext.traceID.isValid)
        #expect(span.attributes.isEmpty)
    }
}
