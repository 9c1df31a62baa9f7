/// What the log is told about exporting: changes at once, the rest at most once a minute.
struct ExportHealth: Equatable {
    enum Report: Equatable {
        case connected
        case connectionLost(reason: String)
        case reconnected
        /// - `failures`: since the connection was lost; `dropped`: spans lost since the last such report.
        case waiting(reason: String, failures: Int, dropped: Int)
        case partialSuccess(rejected: Int, message: String)
    }

    static let reportInterval: Duration = .seconds(60)

    private var news = ServerNews()
    private var isDown = false
    /// Where this clock's zero is on the clock of `news`.
    private let epoch = ContinuousClock.now
    private var lastPartialReport: Duration?
    private var droppedSinceReport = 0
    private var rejectedSinceReport = 0

    /// - Parameter now: a clock that only goes forward.
    mutating func delivered(rejected: Int, message: String, now: Duration) -> [Report] {
        var reports: [Report] = []
        switch news.up(now: epoch + now) {
        case .connected: reports.append(.connected)
        case .reconnected: reports.append(.reconnected)
        case .lost, .waiting, nil: break
        }
        isDown = false
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
        // Whatever it answers, it is one failure: the collector is nobody's first worry.
        let line = isDown ? news.failed("", now: epoch + now) : news.lost("", now: epoch + now)
        isDown = true
        switch line {
        case .lost: return [.connectionLost(reason: reason)]
        case .waiting(let failures):
            defer { droppedSinceReport = 0 }
            return [.waiting(reason: reason, failures: failures, dropped: droppedSinceReport)]
        case .connected, .reconnected, nil: return []
        }
    }

    private func isDue(_ last: Duration?, _ now: Duration) -> Bool {
        last.map { now - $0 >= Self.reportInterval } ?? true
    }
}
