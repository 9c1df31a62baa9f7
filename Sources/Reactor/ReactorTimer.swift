import Dispatch

/// A timer on the reactor that can be cancelled from anywhere, any number of times.
public final class ReactorTimer: Sendable {
    private let timers: TimerTable
    private let id: UInt64

    init(_ timers: TimerTable, id: UInt64) {
        self.timers = timers
        self.id = id
    }

    public func cancel() {
        timers.cancel(id)
    }
}

extension Duration {
    /// Whole nanoseconds, none for what is past, clamped to what a signed count holds (about 292 years).
    var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds < Int64.max / 1_000_000_000 else { return UInt64(Int64.max) }
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// The same as Dispatch wants it.
    public var dispatchInterval: DispatchTimeInterval { .nanoseconds(Int(clampedNanoseconds)) }
}
