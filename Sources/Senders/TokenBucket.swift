/// Spreads messages evenly at a rate: who takes a place learns how long to wait for it. A pure value.
public struct TokenBucket: Sendable, Equatable {
    /// Time between two messages.
    private let interval: Duration
    private var nextFree: ContinuousClock.Instant?

    /// - Parameters:
    ///   - rate: messages a second, above 0; below 1 is one in several seconds.
    ///   - previous: the one it takes the place of: those who wait for the places it gave out go first.
    /// - Returns: nil for a rate that is none, or so high that it limits nothing (over a million).
    public init?(rate: Double, after previous: TokenBucket? = nil) {
        guard rate.isFinite, rate > 0, rate <= 1_000_000 else { return nil }
        interval = .nanoseconds(Int64(min(1e9 / rate, 1e18)))
        nextFree = previous?.nextFree
    }

    /// Takes the next place.
    /// - Returns: how long until it is there, 0 for at once; nil, with no place taken, when that is over `limit`.
    public mutating func take(now: ContinuousClock.Instant, waitingAtMost limit: Duration) -> Duration? {
        let place = max(nextFree ?? now, now)
        let wait = now.duration(to: place)
        guard wait <= limit else { return nil }
        nextFree = place.advanced(by: interval)
        return wait
    }
}
