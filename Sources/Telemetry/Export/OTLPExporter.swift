import Logging
import Synchronization

/// Sends batches to a collector as OTLP/HTTP protobuf, and tells the log when that stops or starts to work.
final class OTLPExporter: SpanExporter {
    /// Collectors refuse requests of 20 MiB and more; a larger batch goes out in halves. Before compression.
    static let maximumRequestSize = 19 << 20

    private let settings: OTLPSettings
    private let encoder: OTLPEncoder
    private let transport: any SpanTransport
    private let environment: ExportEnvironment
    private let log: Logger
    private let health = Mutex(ExportHealth())
    /// Until when the collector wants to hear nothing, by `environment.uptime`.
    private let quietUntil = Mutex(Duration.zero)

    init(
        settings: OTLPSettings,
        encoder: OTLPEncoder,
        transport: any SpanTransport,
        environment: ExportEnvironment,
        log: Logger
    ) {
        self.settings = settings
        self.encoder = encoder
        self.transport = transport
        self.environment = environment
        self.log = log
    }

    /// Whether the collector took the last batch; nil before the first.
    var isUp: Bool? { health.withLock { $0.isUp } }

    func export(_ batch: [FinishedSpan], timeout: Duration) async -> ExportOutcome {
        await deliver(batch[...], deadline: environment.uptime() + timeout)
    }

    func lost(_ count: Int, _ cause: SpanLoss) {
        report { $0.lost(count, cause, now: environment.uptime()) }
    }

    private func deliver(_ spans: ArraySlice<FinishedSpan>, deadline: Duration) async -> ExportOutcome {
        let body = encoder.request(spans)
        if body.count > Self.maximumRequestSize { return await halve(spans, deadline: deadline) }
        let request = compressed(body)
        guard await keepQuiet(deadline) else { return lose(spans, reason: "the collector asked for quiet") }
        var retry = ExportRetry()
        while true {
            let remaining = deadline - environment.uptime()
            guard remaining > .zero, !Task.isCancelled else { return lose(spans, reason: "out of time") }
            let answer = await transport.post(
                url: settings.url,
                headers: request.headers,
                body: request.body,
                timeout: min(settings.timeout, remaining)
            )
            let decision = retry.decide(
                answer,
                remaining: deadline - environment.uptime(),
                now: environment.wallClock(),
                random: environment.random()
            )
            switch decision {
            case .delivered(let rejected, let message):
                report { $0.delivered(rejected: rejected, message: message, now: environment.uptime()) }
                log.debug(
                    "spans exported",
                    metadata: ["component": "otlp", "spans": .stringConvertible(spans.count - rejected)]
                )
                let lost = min(rejected, spans.count)
                return ExportOutcome(exported: spans.count - lost, dropped: lost)
            case .retry(let delay, let reason):
                log.debug(
                    "export failed",
                    metadata: [
                        "component": "otlp", "error": .string(reason),
                        "retry_ms": .stringConvertible(Int(delay / .milliseconds(1))),
                    ]
                )
                report { $0.failed(reason: reason, dropped: 0, now: environment.uptime()) }
                do { try await environment.sleep(delay) } catch { return lose(spans, reason: reason) }
            case .split:
                return await halve(spans, deadline: deadline)
            case .giveUp(let reason, let quiet):
                if quiet > .zero { quietUntil.withLock { $0 = environment.uptime() + quiet } }
                return lose(spans, reason: reason)
            }
        }
    }

    /// Waits for as long as the collector wants to hear nothing.
    ///
    /// - Returns: false when that is more time than the batch has.
    private func keepQuiet(_ deadline: Duration) async -> Bool {
        let now = environment.uptime()
        let end = quietUntil.withLock { $0 }
        guard end > now else { return true }
        do { try await environment.sleep(min(end, deadline) - now) } catch { return false }
        return end < deadline
    }

    private func halve(_ spans: ArraySlice<FinishedSpan>, deadline: Duration) async -> ExportOutcome {
        guard spans.count > 1 else { return lose(spans, reason: "a span is too large for the collector") }
        let middle = spans.startIndex + spans.count / 2
        let first = await deliver(spans[..<middle], deadline: deadline)
        return first + (await deliver(spans[middle...], deadline: deadline))
    }

    private func compressed(_ body: [UInt8]) -> (headers: [(name: String, value: String)], body: [UInt8]) {
        var headers = settings.headers.items.map { (name: $0.name, value: $0.value) }
        headers.append((name: "content-type", value: "application/x-protobuf"))
        guard settings.compression == .gzip, let gzip = Gzip.compress(body) else { return (headers, body) }
        headers.append((name: "content-encoding", value: "gzip"))
        return (headers, gzip)
    }

    private func lose(_ spans: ArraySlice<FinishedSpan>, reason: String) -> ExportOutcome {
        log.debug(
            "spans dropped",
            metadata: ["component": "otlp", "error": .string(reason), "spans": .stringConvertible(spans.count)]
        )
        report { $0.failed(reason: reason, dropped: spans.count, now: environment.uptime()) }
        return ExportOutcome(dropped: spans.count)
    }

    private func report(_ note: (inout ExportHealth) -> [ExportHealth.Report]) {
        for report in health.withLock({ note(&$0) }) {
            switch report {
            case .connected: log.info("connected", metadata: ["component": "otlp"])
            case .reconnected: log.info("reconnected", metadata: ["component": "otlp"])
            case .connectionLost(let reason):
                log.warning("connection lost", metadata: ["component": "otlp", "error": .string(reason)])
            case .waiting(let reason, let failures, let dropped):
                log.warning(
                    "waiting",
                    metadata: [
                        "component": "otlp", "error": .string(reason), "failures": .stringConvertible(failures),
                        "spans": .stringConvertible(dropped),
                    ]
                )
            case .dropped(let count, let reason):
                log.warning(
                    "spans dropped",
                    metadata: [
                        "component": "otlp", "error": .string(reason), "spans": .stringConvertible(count),
                    ]
                )
            case .partialSuccess(let rejected, let message):
                log.warning(
                    "the collector refused spans",
                    metadata: [
                        "component": "otlp", "error": .string(message), "spans": .stringConvertible(rejected),
                    ]
                )
            }
        }
    }
}
