// Dispatch documents its sources as safe to use from any thread; its overlay on Linux does not say so yet.
@preconcurrency import Dispatch

/// A timer on the reactor's queue that can be cancelled from anywhere, any number of times.
public final class ReactorTimer: Sendable {
    private let source: any DispatchSourceTimer

    init(queue: DispatchQueue, delay: Duration, repeating: Duration?, body: @escaping @Sendable () -> Void) {
        source = DispatchSource.makeTimerSource(queue: queue)
        source.schedule(
            deadline: .now() + delay.dispatchInterval,
            repeating: repeating?.dispatchInterval ?? .never,
            leeway: .milliseconds(1)
        )
        let once = repeating == nil
        // The handler holds the source, and the source its handler, until cancel() breaks the circle.
        source.setEventHandler { [source] in
            if once { source.cancel() }
            body()
        }
        source.activate()
    }

    public func cancel() {
        source.cancel()
    }
}

extension Duration {
    /// Whole nanoseconds, clamped to what Dispatch can count (about 292 years).
    public var dispatchInterval: DispatchTimeInterval {
        let (seconds, attoseconds) = components
        guard seconds < Int64.max / 1_000_000_000 else { return .nanoseconds(Int.max) }
        guard seconds >= 0, attoseconds >= 0 else { return .nanoseconds(0) }
        return .nanoseconds(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
    }
}
