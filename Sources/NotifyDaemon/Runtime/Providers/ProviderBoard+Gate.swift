import DomainEvents
import Pipeline
import Reactor

/// A message that waits, unclaimed, for any of its channels' providers.
struct GateWaiter {
    let passage: UInt64
    let channels: [Channel]
    let since: ContinuousClock.Instant
    let continuation: CheckedContinuation<Bool, Never>
}

extension ProviderBoard {
    /// So long a message is kept that cannot be sent and must not be parked; then it goes back to the queue.
    static let longestWait = Duration.seconds(600)

    /// Whether `untilWorthTrying` would have such a message wait.
    func holdsBack(_ channels: [Channel]) -> Bool {
        (isPausing || !gate.isEmpty) && !channels.isEmpty && !mayEnter(channels, now: .now)
    }

    /// Waits while consuming pauses because providers are away: without them a claim would be of no use.
    ///
    /// - Parameter passage: to be named in `ended(_:)` when it is over.
    /// - Returns: false when the message should go back to its queue.
    func untilWorthTrying(_ channels: [Channel], passage: UInt64) async -> Bool {
        if isFetching {
            isFetching = false
            demands(.nothing)
        }
        guard isPausing || !gate.isEmpty, !channels.isEmpty else { return true }
        guard !mayEnter(channels, now: .now) else {
            // What was delivered beside a probe waits for what comes of it.
            if channels.allSatisfy(isOpen) { candidate = passage }
            return true
        }
        guard !isDraining else { return false }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(returning: false) }
                gate.append(GateWaiter(passage: passage, channels: channels, since: .now, continuation: continuation))
                openGate()
                updateTicker()
            }
        } onCancel: {
            reactor.task { await self.turnAway(passage) }
        }
    }

    /// On a drain what waits here goes back to the queue at once: waiting longer finishes nothing.
    func stopWaiting() {
        isDraining = true
        let waiters = gate
        gate = []
        for waiter in waiters { waiter.continuation.resume(returning: false) }
        updateTicker()
    }

    /// The passage let through is over, whatever came of it.
    func ended(_ passage: UInt64) {
        guard candidate == passage else { return }
        candidate = nil
        openGate()
    }

    /// Lets through who may be sent now, the longest waiting first.
    func openGate() {
        guard !gate.isEmpty else { return }
        let now = ContinuousClock.now
        // What was let through at this moment is not with its provider yet.
        var admitted = 0
        var remaining: [GateWaiter] = []
        for waiter in gate {
            if now - waiter.since >= Self.longestWait {
                waiter.continuation.resume(returning: false)
            } else if mayEnter(waiter.channels, after: admitted, now: now) {
                admitted += 1
                if waiter.channels.allSatisfy(isOpen) { candidate = waiter.passage }
                waiter.continuation.resume(returning: true)
            } else {
                remaining.append(waiter)
            }
        }
        gate = remaining
    }

    private func turnAway(_ passage: UInt64) {
        guard let index = gate.firstIndex(where: { $0.passage == passage }) else { return }
        gate.remove(at: index).continuation.resume(returning: false)
    }

    /// A working provider with room, or one whose probe is due.
    private func mayEnter(_ channels: [Channel], after admitted: Int = 0, now: ContinuousClock.Instant) -> Bool {
        channels.flatMap(providers).contains { index in
            let station = stations[index]
            if station.isClosed { return station.slowStart.room.map { $0 > admitted } ?? true }
            return candidate == nil && station.isProbeDue(now: now)
        }
    }

    // MARK: Time

    /// Looks now and then while somebody waits for time to pass.
    func updateTicker() {
        guard isPausing || !gate.isEmpty, !isDraining else {
            ticker?.cancel()
            ticker = nil
            return
        }
        guard ticker == nil else { return }
        ticker = reactor.schedule(every: .milliseconds(250)) { [weak self] in self?.assumeIsolated { $0.tick() } }
    }

    private func tick() {
        openGate()
        fetchProbe()
        updateTicker()
    }

    /// A probe that is overdue, since nothing waits here or in Postgres that could be one, is taken from the queue.
    private func fetchProbe() {
        let past = ContinuousClock.now - .seconds(1)
        guard isPausing, !isFetching, gate.isEmpty, candidate == nil,
            stations.contains(where: { $0.isProbeDue(now: past) })
        else { return }
        isFetching = true
        demands(.probe)
    }
}
