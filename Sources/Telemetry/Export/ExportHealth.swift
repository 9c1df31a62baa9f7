/// What the log is told about exporting: changes at once, the rest at most once a minute.
struct ExportHealth: Equatable {
    enum Report: Equatable {
        case connected
        case connectionLost(reason: String)
        case reconnected
        /// Spans were lost again since the last report.
        case stillLosing(reason: String, dropped: Int)
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
        state = .up
        lastLossReport = nil
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
        guard state == .down else {
            state = .down
            lastLossReport = now
            return [.connectionLost(reason: reason)]
        }
        guard droppedSinceReport > 0, isDue(lastLossReport, now) else { return [] }
        lastLossReport = now
        defer { droppedSinceReport = 0 }
        return [.stillLosing(reason: reason, dropped: droppedSinceReport)]
    }

    private func isDue(_ last: Duration?, _ now: Duration) -> Bool {
        last.map { now - $0 >= Self.reportInterval } ?? true
    }
}
