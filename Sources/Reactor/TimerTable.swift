// Dispatch documents its sources as safe to use from any thread; its overlay on Linux does not say so yet.
@preconcurrency import Dispatch
import HeapModule
import Synchronization

/// All timers of a reactor behind the one that Dispatch has to know of: the earliest.
///
/// Most timers are time-outs that never come: setting and cancelling one is a few steps in memory. Dispatch's timer is
/// moved only when something is due sooner than it; what is cancelled stays in the heap until it comes up, or until half
/// of the heap is such.
final class TimerTable: Sendable {
    private struct Due: Comparable {
        /// Nanoseconds of `DispatchTime`'s clock.
        var at: UInt64
        /// Rises with each timer: of two for the same moment the one set first is first.
        var id: UInt64

        static func < (one: Due, other: Due) -> Bool {
            one.at == other.at ? one.id < other.id : one.at < other.at
        }
    }

    private struct Entry {
        var repeating: UInt64?
        var body: @Sendable () -> Void
    }

    private struct State {
        var heap = Heap<Due>()
        var entries: [UInt64: Entry] = [:]
        var lastID: UInt64 = 0
        /// When Dispatch will call next.
        var armedAt = UInt64.max
        /// The table itself while it has timers: they fire though nobody else remembers the reactor.
        var holder: TimerTable?

        mutating func letGo() {
            if entries.isEmpty { holder = nil }
        }
    }

    /// A heap of fewer is not worth a clean-up.
    private static let smallHeap = 64

    private let source: any DispatchSourceTimer
    private let state = Mutex(State())

    init(queue: DispatchQueue) {
        source = DispatchSource.makeTimerSource(queue: queue)
        source.setEventHandler { [weak self] in self?.fire() }
        source.activate()
    }

    deinit {
        source.cancel()
    }

    /// - Returns: what cancels it.
    @discardableResult
    func schedule(after delay: Duration, repeating: Duration?, body: @escaping @Sendable () -> Void) -> UInt64 {
        let due = DispatchTime.now().uptimeNanoseconds &+ delay.clampedNanoseconds
        return state.withLock { state in
            state.lastID += 1
            state.entries[state.lastID] = Entry(repeating: repeating.map { max(1, $0.clampedNanoseconds) }, body: body)
            state.heap.insert(Due(at: due, id: state.lastID))
            state.holder = self
            arm(&state)
            return state.lastID
        }
    }

    func cancel(_ id: UInt64) {
        // What the body held may end with it, and cancel timers of its own: not under the lock.
        let cancelled = state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: id) else { return Entry?.none }
            if state.entries.isEmpty {
                state.heap = Heap()
            } else if state.heap.count > max(Self.smallHeap, 2 * state.entries.count) {
                state.heap = Heap(state.heap.unordered.filter { state.entries[$0.id] != nil })
            }
            state.letGo()
            return entry
        }
        withExtendedLifetime(cancelled) {}
    }

    /// Timers in memory, cancelled ones that have not come up yet included.
    var size: Int { state.withLock { $0.heap.count } }

    private func fire() {
        let now = DispatchTime.now().uptimeNanoseconds
        state.withLock { $0.armedAt = .max }
        while let body = next(dueAt: now) { body() }
        state.withLock { arm(&$0) }
    }

    /// The next body to call, one by one: each may cancel those behind it.
    private func next(dueAt now: UInt64) -> (@Sendable () -> Void)? {
        state.withLock { state in
            while let due = state.heap.min, due.at <= now {
                state.heap.removeMin()
                guard let entry = state.entries[due.id] else { continue }
                if let interval = entry.repeating {
                    // Ticks that could not be kept are left out, as Dispatch leaves them out.
                    state.heap.insert(Due(at: max(due.at &+ interval, now &+ 1), id: due.id))
                } else {
                    state.entries[due.id] = nil
                    state.letGo()
                }
                return entry.body
            }
            return nil
        }
    }

    private func arm(_ state: inout State) {
        guard let earliest = state.heap.min?.at, earliest < state.armedAt else { return }
        state.armedAt = earliest
        source.schedule(deadline: DispatchTime(uptimeNanoseconds: earliest), leeway: .milliseconds(1))
    }
}
