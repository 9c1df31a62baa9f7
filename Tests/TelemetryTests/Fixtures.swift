import Logging
import Synchronization
import Tracing

@testable import Telemetry

/// Spans, contexts and scripted parts that several tests share.
enum Fixtures {
    static let traceID = TraceID(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736)
    static let parentID = SpanID(0x00f0_67aa_0ba9_02b7)

    static let remote = SpanContext(traceID: traceID, spanID: parentID, flags: .sampled, isRemote: true)

    static func span(
        _ name: String,
        id: UInt64 = 1,
        parent: UInt64? = nil,
        kind: SpanKind = .internal,
        from start: UInt64 = 1_000,
        to end: UInt64 = 2_000,
        trace: TraceID = traceID
    ) -> FinishedSpan {
        FinishedSpan(
            context: SpanContext(traceID: trace, spanID: SpanID(id), flags: .sampled),
            parent: parent.map { SpanContext(traceID: trace, spanID: SpanID($0), flags: .sampled) },
            name: name,
            kind: kind,
            start: start,
            end: end
        )
    }

    static func spans(_ count: Int) -> [FinishedSpan] {
        (1...count).map { span("span \($0)", id: UInt64($0)) }
    }

    /// A collector's `ExportTraceServiceResponse`, byte by byte; `rejected` is a varint.
    static func partialSuccess(rejected: [UInt8], message: String) -> [UInt8] {
        let text = Array(message.utf8)
        let partial = [0x08] + rejected + [0x12, UInt8(text.count)] + text
        return [0x0A, UInt8(partial.count)] + partial
    }

    /// Ids 1, 2, 3, …
    static func countingIDs() -> IDSource {
        let last = Mutex<UInt64>(0)
        return IDSource {
            last.withLock { last in
                last += 1
                return last
            }
        }
    }
}

/// Keeps every span it is given.
final class RecordingProcessor: SpanProcessor {
    private let ended = Mutex<[FinishedSpan]>([])

    var spans: [FinishedSpan] { ended.withLock { $0 } }

    func ended(_ span: FinishedSpan) { ended.withLock { $0.append(span) } }
    func startFlush() {}
    func flush(timeout: Duration) async -> Bool { true }
    func shutdown(timeout: Duration) async {}
}

/// Answers requests from a script, the last answer for ever, and keeps what was posted.
final class ScriptedTransport: SpanTransport {
    struct Post: Sendable {
        var url: String
        var headers: [String: String]
        var body: [UInt8]
        var timeout: Duration
    }

    private let answers: Mutex<[TransportAnswer]>
    private let kept = Mutex<[Post]>([])

    init(_ answers: TransportAnswer...) {
        self.answers = Mutex(answers)
    }

    var posts: [Post] { kept.withLock { $0 } }

    func post(
        url: String,
        headers: [(name: String, value: String)],
        body: [UInt8],
        timeout: Duration
    ) async -> TransportAnswer {
        let headers = Dictionary(headers.map { ($0.name, $0.value) }) { first, _ in first }
        kept.withLock { $0.append(Post(url: url, headers: headers, body: body, timeout: timeout)) }
        return answers.withLock { answers in
            if answers.count > 1 { return answers.removeFirst() }
            return answers.first ?? .lost(reason: "no script")
        }
    }
}

/// A clock that moves only when somebody sleeps by it.
final class ManualClock: Sendable {
    private let state = Mutex((now: Duration.zero, sleeps: [Duration]()))

    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    var environment: ExportEnvironment {
        ExportEnvironment(
            uptime: { self.state.withLock { $0.now } },
            wallClock: { 1_700_000_000_000_000_000 },
            random: { 1 },
            sleep: { delay in
                self.state.withLock { state in
                    state.now += delay
                    state.sleeps.append(delay)
                }
            }
        )
    }
}

/// swift-log's backend for tests: keeps messages and their fields.
final class RecordedLog: Sendable {
    struct Line: Sendable, Equatable {
        var level: Logger.Level
        var message: String
        var fields: [String: String]
    }

    private let kept = Mutex<[Line]>([])

    var lines: [Line] { kept.withLock { $0 } }

    /// What an operator sees without asking for more.
    var told: [Line] { lines.filter { $0.level >= .info } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var metadata: Logger.Metadata = [:]
        var metadataProvider: Logger.MetadataProvider?
        var logLevel = Logger.Level.trace

        init(log: RecordedLog) {
            self.log = log
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let line = Line(
                level: event.level,
                message: event.message.description,
                fields: (event.metadata ?? [:]).mapValues(\.description)
            )
            log.kept.withLock { $0.append(line) }
        }
    }
}
