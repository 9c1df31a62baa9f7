import Reactor
import Synchronization

/// One at a time: the messages that were in work when the program ended, so that the one that ends it is found.
actor QuarantineLane {
    private let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
    private var isBusy = false
    private var waiters: [(number: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
    private var lastWaiter: UInt64 = 0

    init(reactor: Reactor) {
        self.reactor = reactor
    }

    /// - Parameter limit: nil: waits as long as it takes.
    /// - Returns: nil when the turn did not come in time, or the task was cancelled.
    func enter(within limit: Duration?) async -> QuarantineTurn? {
        guard isBusy else {
            isBusy = true
            return QuarantineTurn(lane: self)
        }
        lastWaiter += 1
        let number = lastWaiter
        let timer = limit.map { limit in
            reactor.schedule(after: limit) { [weak self] in self?.assumeIsolated { $0.giveUp(number) } }
        }
        defer { timer?.cancel() }
        let isTurn = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: false) }
                // The lane may have come free while this task was on its way here.
                guard isBusy else {
                    isBusy = true
                    return continuation.resume(returning: true)
                }
                waiters.append((number, continuation))
            }
        } onCancel: {
            reactor.task { await self.giveUp(number) }
        }
        return isTurn ? QuarantineTurn(lane: self) : nil
    }

    private func giveUp(_ number: UInt64) {
        guard let index = waiters.firstIndex(where: { $0.number == number }) else { return }
        waiters.remove(at: index).continuation.resume(returning: false)
    }

    fileprivate nonisolated func leave(_ turn: QuarantineTurn, after delay: Duration) {
        _ = reactor.schedule(after: delay) { turn.leave() }
    }

    fileprivate func leave() {
        guard !waiters.isEmpty else {
            isBusy = false
            return
        }
        waiters.removeFirst().continuation.resume(returning: true)
    }
}

/// Somebody's turn in the lane; leaving twice is leaving once.
final class QuarantineTurn: Sendable {
    private let lane: QuarantineLane
    private let hasLeft = Atomic(false)

    fileprivate init(lane: QuarantineLane) {
        self.lane = lane
    }

    /// Later, on the reactor: whoever is about to be recorded has time for that.
    func leave(after delay: Duration) {
        lane.leave(self, after: delay)
    }

    /// On the reactor.
    func leave() {
        guard !hasLeft.exchange(true, ordering: .relaxed) else { return }
        lane.assumeIsolated { $0.leave() }
    }
}
