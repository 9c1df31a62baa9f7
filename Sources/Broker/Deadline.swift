/// A moment that several blocking steps share.
struct Deadline: Sendable {
    private let instant: ContinuousClock.Instant

    init(after duration: Duration) {
        instant = ContinuousClock.now + duration
    }

    /// What is left in milliseconds, at least 1: the library takes 0 for "do not wait" or "for ever".
    var milliseconds: UInt32 {
        let (seconds, attoseconds) = (instant - ContinuousClock.now).components
        guard seconds >= 0, attoseconds >= 0 else { return 1 }
        guard seconds < 4_000_000 else { return 4_000_000_000 }
        return max(1, UInt32(seconds) * 1000 + UInt32(attoseconds / 1_000_000_000_000_000))
    }

    var isOver: Bool { ContinuousClock.now >= instant }
}
