import Foundation
import Logging
import Reactor
import Testing
import Tracing
import Transfer

@testable import Telemetry

@Suite struct TelemetryTests {
    private let log = RecordedLog()

    private func telemetry(
        _ environment: [String: String],
        transport: ScriptedTransport,
        writer: LineWriter = LineWriter(descriptor: -1)
    ) -> Telemetry {
        let identity = TelemetryIdentity(version: "1", instanceID: "i", hostName: "h", processID: 1)
        return Telemetry(
            configuration: TelemetryConfiguration(environment: environment, identity: identity),
            reactor: Reactor(),
            transport: transport,
            log: log.logger,
            writer: writer,
            ids: Fixtures.countingIDs()
        )
    }

    @Test("from the variables to the collector: a span that ended is posted at shutdown, and counted")
    func otlp() async throws {
        let transport = ScriptedTransport(.answered(status: 200, headers: [:], body: []))
        let telemetry = telemetry(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"], transport: transport)
        telemetry.tracer.startSpan("process", context: .topLevel).end()
        await telemetry.shutdown(timeout: .seconds(60))
        #expect(transport.posts.map(\.url) == ["http://localhost:4318/v1/traces"])
        #expect(telemetry.statistics.exportedSpans == 1)
        telemetry.tracer.startSpan("late", context: .topLevel).end()
        #expect(telemetry.statistics.droppedSpans == 1)
    }

    @Test("without an exporter nothing is recorded, and the ids are there all the same")
    func none() async {
        let transport = ScriptedTransport()
        let telemetry = telemetry([:], transport: transport)
        let span = telemetry.tracer.startSpan("process", context: .topLevel)
        #expect(!span.isRecording)
        #expect(span.spanContext.spanID.isValid)
        span.end()
        #expect(await telemetry.forceFlush(timeout: .seconds(60)))
        #expect(transport.posts.isEmpty)
        #expect(telemetry.statistics == TelemetryStatistics())
    }

    @Test("console prints the tree through the log's own writer")
    func console() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try #require(FileManager.default.createFile(atPath: file.path, contents: nil))
        defer { try? FileManager.default.removeItem(at: file) }
        let handle = try FileHandle(forWritingTo: file)
        let writer = LineWriter(descriptor: handle.fileDescriptor)
        let telemetry = telemetry(["OTEL_TRACES_EXPORTER": "console"], transport: ScriptedTransport(), writer: writer)
        let root = telemetry.tracer.startSpan("process", context: .topLevel, ofKind: .consumer)
        telemetry.tracer.startSpan("render", context: root.context).end()
        root.end()
        await telemetry.shutdown(timeout: .seconds(60))
        #expect(writer.flush(timeout: .seconds(60)))
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.hasPrefix("trace 00000000000000010000000000000002: 2 spans, "))
        #expect(text.contains("\n  └─ render"))
    }

    @Test(
        "only failures that another try could cure are retried",
        arguments: TransferFailure.Kind.allCases
    )
    func failures(kind: TransferFailure.Kind) {
        let curable: Set<TransferFailure.Kind> = [.dns, .connect, .timeout, .noAnswer, .closed]
        let answer = TransferSpanTransport.answer(for: TransferFailure(kind: kind, detail: "x"))
        if case .lost = answer { #expect(curable.contains(kind)) } else { #expect(!curable.contains(kind)) }
    }
}
