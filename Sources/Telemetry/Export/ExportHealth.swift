/// What the log is told about exporting: changes at once, the rest at most once a minute.
struct ExportHealth: Equatable {
    enum Report: Equatable {
        case connected
        case connectionLost(reason: String)
        case reconnected
        /// Spans were lost since the last report.
        case dropped(Int, reason: String)
        case partialSuccess(rejected: Int, message: String)
    }

    private enum State: Equatable {
        case unknown
        case up
        case down
    }

    static let reportInterval: Duration = .seconds(60)

    private var state = State.unknown
    private var lastLossReport: Duration?
    private var lastPartialReport: Duration?
    private var droppedSinceReport = 0
    private var lastLoss = ""
    private var rejectedSinceReport = 0

    /// Whether the last batch was taken; nil before the first.
    var isUp: Bool? {
        switch state {
        case .unknown: nil
        case .up: true
        case .down: false
        }
    }

    /// - Parameter now: a clock that only goes forward.
    mutating func delivered(rejected: Int, message: String, now: Duration) -> [Report] {
        var reports: [Report] = []
        switch state {
        case .unknown: reports.append(.connected)
        case .down: reports.append(.reconnected)
        case .up: break
        }
        if state == .down { reports += losses(now: now) }
        state = .up
        rejectedSinceReport += rejected
        if rejected > 0 || !message.isEmpty, isDue(lastPartialReport, now) {
            lastPartialReport = now
            reports.append(.partialSuccess(rejected: rejectedSinceReport, message: message))
            rejectedSinceReport = 0
        }
        return reports
    }

    /// - Parameter dropped: 0 when the batch is tried again.
    mutating func failed(reason: String, dropped: Int, now: Duration) -> [Report] {
        droppedSinceReport += dropped
        lastLoss = reason
        guard state == .down else {
            state = .down
            lastLossReport = now
            return [.connectionLost(reason: reason)]
        }
        return isDue(lastLossReport, now) ? losses(now: now) : []
    }

    /// Spans that no export ever got.
    mutating func lost(_ count: Int, _ cause: SpanLoss, now: Duration) -> [Report] {
        droppedSinceReport += count
        // While the collector is away its own words say more.
        if count > 0, state != .down { lastLoss = cause.words }
        return cause == .ending || isDue(lastLossReport, now) ? losses(now: now) : []
    }

    private mutating func losses(now: Duration) -> [Report] {
        guard droppedSinceReport > 0 else { return [] }
        lastLossReport = now
        defer { droppedSinceReport = 0 }
        return [.dropped(droppedSinceReport, reason: lastLoss)]
    }

    private func isDue(_ last: Duration?, _ now: Duration) -> Bool {
        last.map { now - $0 >= Self.reportInterval } ?? true
    }
}

extension SpanLoss {
    fileprivate var words: String {
        switch self {
        case .queueFull: "more spans end than the collector takes"
        case .ending: "the program ended before they were exported"
        }
    }
}
