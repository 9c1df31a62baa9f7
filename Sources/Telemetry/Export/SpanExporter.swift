/// Takes finished spans out of the process, a batch at a time, never two at once.
public protocol SpanExporter: Sendable {
    /// Returns when the batch is delivered or given up, at the latest after `timeout`; a cancelled task gives up at once.
    func export(_ batch: [FinishedSpan], timeout: Duration) async -> ExportOutcome

    /// Hears of spans that it will never get; called on whatever thread ended them, so it must be quick.
    func lost(_ count: Int, _ cause: SpanLoss)
}

/// Why spans were lost before they came to an exporter.
public enum SpanLoss: Sendable {
    /// They ended when the queue was full.
    case queueFull
    /// They still waited when the program's time was over; said even of none, for it is the last that is said.
    case ending
}

/// How many spans of a batch the collector took and how many were lost on the way.
public struct ExportOutcome: Sendable, Equatable {
    public var exported = 0
    public var dropped = 0

    public init(exported: Int = 0, dropped: Int = 0) {
        self.exported = exported
        self.dropped = dropped
    }

    static func + (left: ExportOutcome, right: ExportOutcome) -> ExportOutcome {
        ExportOutcome(exported: left.exported + right.exported, dropped: left.dropped + right.dropped)
    }
}
