import DomainEvents
import Pipeline
import Reactor

/// A provider's rate: who wants to send waits for its turn, in the order they came.
actor RateLimiter {
    private let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
    private let provider: String
    private var bucket: TokenBucket?

    /// - Parameter rate: messages a second; nil: no limit.
    init(provider: String, rate: Double?, reactor: Reactor) {
        self.provider = provider
        self.reactor = reactor
        bucket = rate.flatMap { TokenBucket(rate: $0) }
    }

    /// Takes effect with the next message; the turns already given stay.
    func setRate(_ messagesPerSecond: Double?) {
        bucket = messagesPerSecond.flatMap { TokenBucket(rate: $0, after: bucket) }
    }

    /// - Parameter code: of a message whose turn does not come in time, by `deadline`.
    /// - Returns: nil when it is the caller's turn.
    func wait(until deadline: ContinuousClock.Instant, orThrottleAs code: ErrorCode) async -> DeliveryVerdict? {
        let now = ContinuousClock.now
        guard bucket != nil else { return nil }
        guard let wait = bucket?.take(now: now, waitingAtMost: now.duration(to: deadline)) else {
            return .throttled(code, "the rate \(provider).rate leaves no room within half of send.timeout")
        }
        guard wait > .zero else { return nil }
        do {
            try await reactor.sleep(for: wait)
            return nil
        } catch {
            return .abandoned
        }
    }
}
