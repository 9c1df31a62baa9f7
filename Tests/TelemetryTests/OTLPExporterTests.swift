import Logging
import Testing

@testable import Telemetry

@Suite struct OTLPExporterTests {
    private let clock = ManualClock()
    private let log = RecordedLog()

    private func exporter(
        _ transport: ScriptedTransport,
        _ change: (inout OTLPSettings) -> Void = { _ in }
    ) -> OTLPExporter {
        var settings = OTLPSettings(url: "http://127.0.0.1:4318/v1/traces")
        change(&settings)
        return OTLPExporter(
            settings: settings,
            encoder: OTLPEncoder(resource: AttributeList(), scopeName: "notifyd", scopeVersion: "1"),
            transport: transport,
            environment: clock.environment,
            log: log.logger
        )
    }

    private static let accepted = TransportAnswer.answered(status: 200, headers: [:], body: [])

    private func spanCount(_ body: [UInt8]) throws -> Int {
        try #require(ProtobufFields(body)?.messages(1).first?.messages(2).first).messages(2).count
    }

    @Test("a batch is one POST of protobuf with the configured headers, and the log hears of the collector")
    func delivered() async throws {
        let transport = ScriptedTransport(Self.accepted)
        let exporter = exporter(transport) { settings in
            settings.headers.items = [OTLPHeaders.Header(name: "authorization", value: "Bearer x")]
        }
        let outcome = await exporter.export(Fixtures.spans(3), timeout: .seconds(30))
        #expect(outcome == ExportOutcome(exported: 3))
        let post = try #require(transport.posts.first)
        #expect(post.url == "http://127.0.0.1:4318/v1/traces")
        #expect(post.headers == ["authorization": "Bearer x", "content-type": "application/x-protobuf"])
        #expect(post.timeout == .seconds(10))
        #expect(try spanCount(post.body) == 3)
        #expect(log.told == [.init(level: .info, message: "connected", fields: ["component": "otlp"])])
    }

    @Test("with gzip the body is compressed and says so")
    func gzip() async throws {
        let transport = ScriptedTransport(Self.accepted)
        _ = await exporter(transport) { $0.compression = .gzip }.export(Fixtures.spans(50), timeout: .seconds(30))
        let post = try #require(transport.posts.first)
        #expect(post.headers["content-encoding"] == "gzip")
        #expect(post.body.starts(with: [0x1F, 0x8B, 0x08]))
        #expect(try Gunzip.decompress(post.body).count > post.body.count)
        #expect(try spanCount(Gunzip.decompress(post.body)) == 50)
    }

    @Test("a collector that comes back within the batch's time costs nothing but the wait")
    func retried() async {
        let transport = ScriptedTransport(
            .lost(reason: "refused"),
            .answered(status: 503, headers: ["retry-after": "5"], body: []),
            Self.accepted
        )
        let outcome = await exporter(transport).export(Fixtures.spans(2), timeout: .seconds(30))
        #expect(outcome == ExportOutcome(exported: 2))
        #expect(clock.sleeps == [.seconds(1), .seconds(5)])
        #expect(transport.posts.map(\.body).allSatisfy { $0 == transport.posts[0].body })
        #expect(log.told.map(\.message) == ["connection lost", "reconnected"])
    }

    @Test("a collector that stays away costs the batch when its time is over, and one line in the log")
    func away() async {
        let transport = ScriptedTransport(.lost(reason: "refused"))
        let outcome = await exporter(transport).export(Fixtures.spans(2), timeout: .seconds(30))
        #expect(outcome == ExportOutcome(dropped: 2))
        #expect(clock.sleeps == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(transport.posts.map(\.timeout).last == .seconds(10))
        #expect(log.told.map(\.message) == ["connection lost"])
    }

    @Test("a request gets no more time than its batch has left")
    func timeout() async {
        let transport = ScriptedTransport(.lost(reason: "x"))
        _ = await exporter(transport).export(Fixtures.spans(1), timeout: .seconds(4))
        #expect(transport.posts.map(\.timeout) == [.seconds(4), .seconds(3), .seconds(1)])
    }

    @Test("a Retry-After beyond its batch's time holds up the batches after it")
    func quiet() async {
        let busy = TransportAnswer.answered(status: 429, headers: ["retry-after": "45"], body: [])
        let transport = ScriptedTransport(busy, Self.accepted)
        let exporter = exporter(transport)
        var outcomes: [ExportOutcome] = []
        for _ in 1...4 { outcomes.append(await exporter.export(Fixtures.spans(1), timeout: .seconds(30))) }
        let lost = ExportOutcome(dropped: 1)
        let taken = ExportOutcome(exported: 1)
        #expect(outcomes == [lost, lost, taken, taken])
        #expect(clock.sleeps == [.seconds(30), .seconds(15)])
        #expect(transport.posts.count == 3)
    }

    @Test("a final refusal is not repeated")
    func refused() async {
        let transport = ScriptedTransport(.answered(status: 400, headers: [:], body: []))
        let outcome = await exporter(transport).export(Fixtures.spans(2), timeout: .seconds(30))
        #expect(outcome == ExportOutcome(dropped: 2))
        #expect(transport.posts.count == 1)
    }

    @Test("413 sends the batch in halves until it fits, and loses a span that never does")
    func split() async throws {
        let tooLarge = TransportAnswer.answered(status: 413, headers: [:], body: [])
        let transport = ScriptedTransport(tooLarge, Self.accepted, tooLarge, Self.accepted, tooLarge)
        let outcome = await exporter(transport).export(Fixtures.spans(4), timeout: .seconds(30))
        #expect(try transport.posts.map { try spanCount($0.body) } == [4, 2, 2, 1, 1])
        #expect(outcome == ExportOutcome(exported: 3, dropped: 1))
    }

    @Test("partial success counts what was refused and logs the collector's words")
    func partial() async {
        let body = Fixtures.partialSuccess(rejected: [2], message: "too old")
        let transport = ScriptedTransport(.answered(status: 200, headers: [:], body: body))
        let outcome = await exporter(transport).export(Fixtures.spans(5), timeout: .seconds(30))
        #expect(outcome == ExportOutcome(exported: 3, dropped: 2))
        #expect(
            log.told.last
                == .init(
                    level: .warning,
                    message: "the collector refused spans",
                    fields: ["component": "otlp", "error": "too old", "spans": "2"]
                )
        )
    }

    @Test("a batch above 19 MiB goes out in halves without asking the collector first")
    func large() async throws {
        var spans = Fixtures.spans(64)
        var limits = SpanLimits()
        limits.attributeValueLength = .max
        for index in spans.indices {
            spans[index].attributes.set("x", .string(String(repeating: "x", count: 400_000)), limits: limits)
        }
        let transport = ScriptedTransport(Self.accepted)
        let outcome = await exporter(transport).export(spans, timeout: .seconds(30))
        #expect(outcome == ExportOutcome(exported: 64))
        #expect(try transport.posts.map { try spanCount($0.body) } == [32, 32])
        #expect(transport.posts.allSatisfy { $0.body.count < 20 << 20 })
    }
}
