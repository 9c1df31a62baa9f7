/// What the log is told of one server: each coming and going once, what repeats once a minute with a count.
///
/// A connection that keeps breaking is told `freeLosses` times as it happens; after that once a minute, with how often.
/// The log's last word is never left wrong: who was told of a loss is told of the return.
public struct ServerNews: Sendable, Equatable {
    public enum Line: Sendable, Equatable {
        case connected
        case reconnected
        /// - `failures`: losses since the last that was told, this one included.
        case lost(failures: Int)
        /// - `failures`: since the connection was lost, or never came.
        case waiting(failures: Int)
    }

    static let freeLosses = 5

    private var wasUp = false
    /// As the log knows it.
    private var isToldUp = false
    /// The loss of now was not told.
    private var isUntold = false
    private var failures = RepeatedFailure()
    private var untold = 0
    private var lastLine: ContinuousClock.Instant?
    private var losses = ServerNews.freeLosses
    private var refilled: ContinuousClock.Instant?

    public init() {}

    public mutating func up(now: ContinuousClock.Instant) -> Line? {
        guard !isToldUp else { return nil }
        defer { wasUp = true }
        (isToldUp, isUntold) = (true, false)
        failures = RepeatedFailure()
        lastLine = now
        return wasUp ? .reconnected : .connected
    }

    /// A connection that was there is gone; as a reason to wait for it, the same `reason` is no news.
    public mutating func lost(_ reason: String, now: ContinuousClock.Instant) -> Line? {
        untold += 1
        wasUp = true
        _ = failures.shouldReport(reason, now: now)
        isUntold = !mayTell(now)
        guard !isUntold else { return nil }
        isToldUp = false
        lastLine = now
        defer { untold = 0 }
        return .lost(failures: untold)
    }

    /// Another attempt to connect failed.
    public mutating func failed(_ reason: String, now: ContinuousClock.Instant) -> Line? {
        let isQuiet = isUntold && lastLine.map { now - $0 < RepeatedFailure.interval } ?? false
        guard let count = failures.shouldReport(reason, now: now), !isQuiet else { return nil }
        isToldUp = false
        isUntold = false
        lastLine = now
        return .waiting(failures: count)
    }

    /// One more loss a minute may be told, `freeLosses` at most in a row.
    private mutating func mayTell(_ now: ContinuousClock.Instant) -> Bool {
        let start = refilled ?? now
        let minutes = (now - start) / RepeatedFailure.interval
        losses = min(Self.freeLosses, losses + Int(minutes))
        refilled = start + RepeatedFailure.interval * Int(minutes)
        guard losses > 0 else { return false }
        losses -= 1
        return true
    }
}
