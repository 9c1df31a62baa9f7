import Dispatch

/// The one serial queue on which librabbitmq, libpq, libcurl and the stages between them run.
///
/// Nothing on it may block: descriptor sources and timers wake it, and what could take long is done elsewhere and
/// resumed here. Each engine is an actor whose `unownedExecutor` is `executor.asUnownedSerialExecutor()`; a source's
/// handler runs on the queue, so it may enter its actor with `assumeIsolated`.
public final class Reactor: Sendable {
    public let queue: DispatchQueue
    public let executor: ReactorExecutor
    let poller: DescriptorPoller
    private let timers: TimerTable

    /// - Parameter label: the queue's name as debuggers show it.
    public init(label: String = "notifyd.reactor") {
        queue = DispatchQueue(label: label)
        executor = ReactorExecutor(queue: queue)
        timers = TimerTable(queue: queue)
        poller = DescriptorPoller(queue: queue, executor: executor, timers: timers)
    }

    /// Traps when called off the reactor: our own mistake, never something from outside.
    public func preconditionIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }

    /// Starts a task whose every step stays on the reactor, between actors too.
    @discardableResult
    public func task<Success: Sendable>(
        _ operation: @escaping @Sendable () async -> Success
    ) -> Task<Success, Never> {
        Task(executorPreference: executor, operation: operation)
    }

    /// Runs `body` once on the reactor after `delay` (0 and less: as soon as possible).
    ///
    /// The timer lives until it fired or was cancelled; the returned value only cancels.
    @discardableResult
    public func schedule(after delay: Duration, _ body: @escaping @Sendable () -> Void) -> ReactorTimer {
        ReactorTimer(timers, id: timers.schedule(after: delay, repeating: nil, body: body))
    }

    /// Runs `body` on the reactor every `interval` until the returned timer is cancelled.
    public func schedule(every interval: Duration, _ body: @escaping @Sendable () -> Void) -> ReactorTimer {
        ReactorTimer(timers, id: timers.schedule(after: interval, repeating: interval, body: body))
    }

    /// Suspends the calling task for `delay`; throws `CancellationError` at once when the task is cancelled.
    public func sleep(for delay: Duration) async throws {
        try await ReactorSleep(reactor: self).run(for: delay)
    }
}
