/// Decides when to send a heartbeat and when a silent or deaf peer counts as gone (AMQP 0-9-1 §4.2.7).
struct HeartbeatMonitor: Sendable, Equatable {
    enum Verdict: Sendable, Equatable {
        case fine
        case sendHeartbeat
        case lost(String)
    }

    let interval: Duration
    private var lastReceived: ContinuousClock.Instant
    private var lastWritten: ContinuousClock.Instant

    init(interval: Duration, now: ContinuousClock.Instant) {
        self.interval = interval
        lastReceived = now
        lastWritten = now
    }

    /// Bytes came in, whatever they were.
    mutating func received(now: ContinuousClock.Instant) {
        lastReceived = now
    }

    /// A frame went out, whatever it was.
    mutating func wrote(now: ContinuousClock.Instant) {
        lastWritten = now
    }

    /// To be asked twice an interval.
    /// - Parameter isBlocked: the broker said `connection.blocked`: it may read nothing for as long as it likes.
    func check(now: ContinuousClock.Instant, isBlocked: Bool) -> Verdict {
        if now - lastReceived > interval * 2 {
            return .lost("nothing was heard for two heartbeats (\(interval * 2))")
        }
        if !isBlocked, now - lastWritten > interval * 2 {
            return .lost("nothing could be written for two heartbeats (\(interval * 2))")
        }
        // A little less than half, so that a timer that comes early does not wait for the next round.
        return now - lastWritten >= interval * 2 / 5 ? .sendHeartbeat : .fine
    }
}
