import CEpoll
import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Watches all descriptors of a reactor by one epoll instance, which is the one descriptor that Dispatch watches.
///
/// A Dispatch source for each costs two system calls and a change of threads for every event, and as many to turn it on
/// or off (measured: half of an event's time). Here one wake-up brings all that is ready, and while there is more, the
/// turn goes on without another. Handlers run on the reactor's queue, and the jobs they enqueue right behind them.
final class DescriptorPoller: Sendable {
    private struct State {
        /// Made with the first descriptor: a reactor without any needs none.
        var epoll: Epoll?
        var source: (any DispatchSourceRead)?
        var watches: [UInt64: DescriptorWatch] = [:]
        var lastToken: UInt64 = 0
    }

    /// Looks at the descriptors in one turn before timers and others on the queue have theirs.
    private static let looksPerTurn = 16

    private let queue: DispatchQueue
    private let executor: ReactorExecutor
    private let timers: TimerTable
    private let state = Mutex(State())

    init(queue: DispatchQueue, executor: ReactorExecutor, timers: TimerTable) {
        self.queue = queue
        self.executor = executor
        self.timers = timers
    }

    deinit {
        state.withLock { $0.source?.cancel() }
    }

    /// - Returns: what names the watch from now on; nil when the process or the kernel has no more to give.
    func add(_ watch: DescriptorWatch) -> UInt64? {
        state.withLock { state in
            guard let epoll = state.epoll ?? start(&state) else { return nil }
            state.lastToken += 1
            let token = state.lastToken
            guard epoll.add(watch.descriptor, events: 0, token: token) else { return nil }
            state.watches[token] = watch
            return token
        }
    }

    func setInterest(_ interest: DescriptorWatch.Interest, of token: UInt64) {
        state.withLock { state in
            guard let epoll = state.epoll, state.watches[token]?.interest != interest else { return }
            state.watches[token]?.interest = interest
            state.watches[token]?.apply(to: epoll, token: token)
        }
    }

    /// No handler of it is called from now on, and its descriptor may be closed.
    func remove(_ token: UInt64) {
        // What the handlers held may end with them, and remove watches of its own: not under the lock.
        let removed = state.withLock { state in
            guard let watch = state.watches.removeValue(forKey: token) else { return DescriptorWatch?.none }
            if watch.isRegistered { state.epoll?.remove(watch.descriptor) }
            return watch
        }
        withExtendedLifetime(removed) {}
    }

    private func start(_ state: inout State) -> Epoll? {
        guard let epoll = Epoll() else { return nil }
        let source = DispatchSource.makeReadSource(fileDescriptor: epoll.descriptor, queue: queue)
        source.setEventHandler { [weak self] in self?.turn() }
        source.setCancelHandler { epoll.end() }
        source.activate()
        state.epoll = epoll
        state.source = source
        return epoll
    }

    // MARK: A turn of the reactor

    private func turn() {
        guard let epoll = state.withLock({ $0.epoll }) else { return }
        for _ in 0..<Self.looksPerTurn {
            let isIdle = epoll.take { ready in
                guard !ready.isEmpty else { return true }
                executor.run { for event in ready { call(token: event.data.u64, events: event.events) } }
                return false
            }
            if isIdle { return }
        }
    }

    private func call(token: UInt64, events: UInt32) {
        if events & Epoll.readable != 0 { watch(token, wanting: .reading)?.onReadable() }
        if events & Epoll.writable != 0 { watch(token, wanting: .writing)?.onWritable() }
        state.withLock { state in
            guard let epoll = state.epoll else { return }
            guard state.watches[token]?.called(with: events, token: token, epoll) == .rests else { return }
            timers.schedule(after: DescriptorWatch.rest, repeating: nil) { [weak self] in self?.wake(token) }
        }
    }

    private func watch(_ token: UInt64, wanting interest: DescriptorWatch.Interest) -> DescriptorWatch? {
        state.withLock { state in state.watches[token].flatMap { $0.interest.contains(interest) ? $0 : nil } }
    }

    private func wake(_ token: UInt64) {
        state.withLock { state in
            guard let epoll = state.epoll else { return }
            state.watches[token]?.wake(epoll, token: token)
        }
    }
}
