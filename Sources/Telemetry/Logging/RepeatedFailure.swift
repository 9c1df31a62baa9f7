/// A failure that repeats: said at once, then once a minute with a count.
///
/// Another reason is news, each once: reasons that take turns, as those of a cluster's nodes do, are no flood.
public struct RepeatedFailure: Sendable, Equatable {
    public static let interval = Duration.seconds(60)
    /// Reasons beyond these are no news: texts that differ each time are one failure.
    static let mostReasons = 4

    private let forgetsAfter: Duration?
    private var reasons: Set<String> = []
    private var count = 0
    private var lastReport: ContinuousClock.Instant?
    private var lastFailure: ContinuousClock.Instant?

    /// - Parameter forgetsAfter: so long without a failure, and the next one is another matter; nil where a success is
    ///   noticed and begins anew.
    public init(forgetsAfter: Duration? = nil) {
        self.forgetsAfter = forgetsAfter
    }

    /// - Returns: how often it failed since it began, when it is time to say so.
    public mutating func shouldReport(_ reason: String, now: ContinuousClock.Instant) -> Int? {
        if let forgetsAfter, let lastFailure, now - lastFailure >= forgetsAfter {
            self = RepeatedFailure(forgetsAfter: forgetsAfter)
        }
        lastFailure = now
        count += 1
        let isNew = reasons.count < Self.mostReasons && reasons.insert(reason).inserted
        let isDue = lastReport.map { now - $0 >= Self.interval } ?? true
        guard isNew || isDue else { return nil }
        lastReport = now
        return count
    }
}
