/// What the log is told about exporting: changes at once, the rest at most once a minute.
struct ExportHealth: Equatable {
    enum Report: Equatable {
        case connected
        case connectionLost(reason: String)
        case reconnected
        /// - `failures`: since the connection was lost; `dropped`: spans lost since the last such report.
        case waiting(reason: String, failures: Int, dropped: Int)
        /// Spans were lost since the last report.
        case dropped(Int, reason: String)
        case partialSuccess(rejected: Int, message: String)
    }

    static let reportInterval: Duration = .seconds(60)

    private var news = ServerNews()
    /// Whether the last batch was taken; nil before the first.
    private(set) var isUp: Bool?
    /// Where this clock's zero is on the clock of `news`.
    private let epoch = ContinuousClock.now
    private var lastPartialReport: Duration?
    private var lastLossReport: Duration?
    private var droppedSinceReport = 0
    private var lastLoss = ""
    private var rejectedSinceReport = 0

    /// - Parameter now: a clock that only goes forward.
    mutating func delivered(rejected: Int, message: String, now: Duration) -> [Report] {
        var reports: [Report] = []
        switch news.up(now: epoch + now) {
        case .connected: reports.append(.connected)
        case .reconnected: reports.append(.reconnected)
        case .lost, .waiting, nil: break
        }
        if isUp == false { reports += losses(now: now) }
        isUp = true
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
        // Whatever it answers, it is one failure: the collector is nobody's first worry.
        let line = isUp == false ? news.failed("", now: epoch + now) : news.lost("", now: epoch + now)
        isUp = false
        switch line {
        case .lost:
            lastLossReport = now
            return [.connectionLost(reason: reason)]
        case .waiting(let failures):
            lastLossReport = now
            defer { droppedSinceReport = 0 }
            return [.waiting(reason: reason, failures: failures, dropped: droppedSinceReport)]
        case .connected, .reconnected, nil:
            return []
        }
    }

    /// Spans that no export ever got.
    mutating func lost(_ count: Int, _ cause: SpanLoss, now: Duration) -> [Report] {
        droppedSinceReport += count
        // While the collector is away its own words say more, and its next failure tells of these, too.
        guard isUp != false || cause == .ending else { return [] }
        if count > 0, isUp != false { lastLoss = cause.words }
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
