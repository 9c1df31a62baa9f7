import Synchronization

/// Counts of spans since the start, for `/metrics`.
public struct TelemetryStatistics: Sendable, Equatable {
    /// Taken by the collector.
    public var exportedSpans: UInt64 = 0
    /// Lost for whatever reason: a full queue, a collector that was away too long or refused them.
    public var droppedSpans: UInt64 = 0

    public init() {}
}

/// The running counts that processors add to.
final class TelemetryCounters: Sendable {
    private let exported = Atomic<UInt64>(0)
    private let dropped = Atomic<UInt64>(0)

    func add(_ outcome: ExportOutcome) {
        if outcome.exported > 0 { exported.wrappingAdd(UInt64(outcome.exported), ordering: .relaxed) }
        if outcome.dropped > 0 { dropped.wrappingAdd(UInt64(outcome.dropped), ordering: .relaxed) }
    }

    var statistics: TelemetryStatistics {
        var statistics = TelemetryStatistics()
        statistics.exportedSpans = exported.load(ordering: .relaxed)
        statistics.droppedSpans = dropped.load(ordering: .relaxed)
        return statistics
    }
}
