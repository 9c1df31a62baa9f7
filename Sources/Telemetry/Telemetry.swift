import Logging
import Reactor

/// The process's tracing: made once by the daemon, handed on by constructor, shut down last but for the log.
public final class Telemetry: Sendable {
    public let tracer: TelemetryTracer
    private let processors: [any SpanProcessor]
    private let counters: TelemetryCounters
    private let exporter: OTLPExporter?

    /// The name that our spans' instrumentation scope has.
    static let scopeName = "notifyd"

    /// - Parameters:
    ///   - transport: carries batches to the collector; unused without one.
    ///   - log: hears of the collector's coming and going (component `otlp`); give it a logger of that component.
    ///   - writer: where `console` prints, the log's own writer, so that trees and lines do not mix.
    public init(
        configuration: TelemetryConfiguration,
        reactor: Reactor,
        transport: any SpanTransport,
        log: Logger,
        writer: LineWriter,
        ids: IDSource = IDSource()
    ) {
        let counters = TelemetryCounters()
        var processors: [any SpanProcessor] = []
        var collector: OTLPExporter?
        if let otlp = configuration.otlp {
            let exporter = OTLPExporter(
                settings: otlp,
                encoder: OTLPEncoder(
                    resource: configuration.resource,
                    scopeName: Self.scopeName,
                    scopeVersion: configuration.resource[SemanticConventions.serviceVersion]?.description ?? ""
                ),
                transport: transport,
                environment: .live(reactor),
                log: log
            )
            collector = exporter
            processors.append(
                BatchSpanProcessor(
                    settings: configuration.batch,
                    exporter: exporter,
                    reactor: reactor,
                    counters: counters
                )
            )
        }
        if configuration.printsTraces {
            processors.append(ConsoleTraceProcessor(reactor: reactor, writer: writer))
        }
        tracer = TelemetryTracer(
            sampler: configuration.sampler,
            propagators: configuration.propagators,
            limits: configuration.limits,
            ids: ids,
            processors: processors
        )
        self.processors = processors
        self.counters = counters
        exporter = collector
    }

    /// Whether spans go to a collector.
    public var hasCollector: Bool { exporter != nil }

    /// Whether the collector took the last batch; nil before the first, and without a collector.
    public var isCollectorUp: Bool? { exporter?.isUp }

    public var statistics: TelemetryStatistics { counters.statistics }

    /// - Returns: whether all spans that had ended were handed on within `timeout`.
    @discardableResult
    public func forceFlush(timeout: Duration) async -> Bool {
        var isDone = true
        for processor in processors {
            let isProcessorDone = await processor.flush(timeout: timeout)
            isDone = isDone && isProcessorDone
        }
        return isDone
    }

    /// Hands on what is waiting, at most `timeout` for each exporter; spans that end later are dropped and counted.
    public func shutdown(timeout: Duration) async {
        for processor in processors { await processor.shutdown(timeout: timeout) }
    }
}
