import DequeModule
import Dispatch
import Synchronization

/// Runs actor and task jobs on one serial Dispatch queue, in the order they came, as few wake-ups as possible.
///
/// A job enqueued while the executor is already running one joins the running batch, so it costs no trip
/// through Dispatch. Actors that return `asUnownedSerialExecutor()` of the same instance call each other without
/// changing threads; tasks started with `Task(executorPreference:)` stay on it between actors, too.
public final class ReactorExecutor: SerialExecutor, TaskExecutor {
    /// How often the queue had to be woken and how many jobs ran: the figure behind "no hops".
    public struct Statistics: Sendable, Equatable {
        /// Batches of jobs, each behind a trip through Dispatch or a look at the descriptors.
        public var wakeUps: UInt64 = 0
        /// Jobs run in all.
        public var jobs: UInt64 = 0
    }

    private struct State {
        var jobs = Deque<UnownedJob>()
        /// A batch is running or on its way: what is enqueued now will be seen.
        var isAwake = false
        /// A trip through Dispatch is on its way.
        var isScheduled = false
        var statistics = Statistics()

        /// - Returns: whether the queue has to be woken for it.
        mutating func schedule() -> Bool {
            defer { isScheduled = true }
            return !isScheduled
        }
    }

    /// Jobs taken in one go before descriptor sources and timers on the same queue get their turn.
    static let batchLimit = 256

    let queue: DispatchQueue
    private let state = Mutex(State())

    init(queue: DispatchQueue) {
        self.queue = queue
    }

    public var statistics: Statistics { state.withLock { $0.statistics } }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustWake = state.withLock { state in
            state.jobs.append(job)
            if state.isAwake { return false }
            state.isAwake = true
            return state.schedule()
        }
        if mustWake { wake() }
    }

    /// Runs `body`, and right behind it the jobs it enqueued; on the queue only.
    func run(_ body: () -> Void) {
        state.withLock { $0.isAwake = true }
        body()
        drain()
    }

    private func wake() {
        queue.async {
            self.state.withLock { $0.isScheduled = false }
            self.drain()
        }
    }

    /// Runs what waits; goes to the back of the queue when there is more than a batch of it.
    private func drain() {
        var remaining = Self.batchLimit
        state.withLock { $0.statistics.wakeUps += 1 }
        while let job = next(remaining: remaining) {
            job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(),
                taskExecutor: asUnownedTaskExecutor()
            )
            remaining -= 1
        }
        if remaining == 0, state.withLock({ $0.schedule() }) { wake() }
    }

    private func next(remaining: Int) -> UnownedJob? {
        state.withLock { state in
            guard remaining > 0 else { return nil }
            guard let job = state.jobs.popFirst() else {
                state.isAwake = false
                return nil
            }
            state.statistics.jobs += 1
            return job
        }
    }

    public func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }

    public func isSameExclusiveExecutionContext(other: ReactorExecutor) -> Bool {
        self === other
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(complexEquality: self)
    }
}
