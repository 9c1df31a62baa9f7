/// What became of the spans, as the exporter counts it.
public struct SpanMetrics: MetricCollector {
    private let statistics: @Sendable () -> TelemetryStatistics

    public init(_ statistics: @escaping @Sendable () -> TelemetryStatistics) {
        self.statistics = statistics
    }

    private static let exported = MetricDescription(
        "notifyd_spans_exported_total",
        .counter,
        "Spans that the collector took."
    )
    private static let dropped = MetricDescription(
        "notifyd_spans_dropped_total",
        .counter,
        "Spans lost: the queue was full, or the collector was away too long or refused them."
    )

    public var descriptions: [MetricDescription] { [Self.exported, Self.dropped] }

    public func samples() -> [MetricSample] {
        let statistics = statistics()
        return [
            MetricSample(Self.exported.name, Double(statistics.exportedSpans)),
            MetricSample(Self.dropped.name, Double(statistics.droppedSpans)),
        ]
    }
}
