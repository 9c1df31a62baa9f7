/// What breaks, at any moment, as long as the budget lasts.
extension Successors {
    mutating func fail(_ replica: Int, _ passage: Passage) {
        if world.budget.crashes > 0 {
            add(Step(name: .crash, replica: replica)) {
                $0.budget.crashes -= 1
                if let copy = passage.copy, !passage.isStale { $0.requeue(copy) }
                $0.end(replica)
            }
        }
        if world.budget.lostBrokerConnections > 0, let copy = passage.copy, !passage.isStale {
            // The passage goes on; what it says to the broker is dropped (architecture, rule 4).
            add(Step(name: .brokerConnectionLost, replica: replica)) {
                $0.budget.lostBrokerConnections -= 1
                $0.requeue(copy)
                $0.passages[replica].isStale = true
                $0.passages[replica].source = .firstCopy
            }
        }
    }

    /// A lease runs out under a dead owner in time, under a living one when it is slow or its renewals fail.
    mutating func leaseEnds() {
        guard world.event.lease == .running else { return }
        if world.event.owner == 0 {
            add(Step(name: .leaseOfDeadRunsOut)) { $0.event.lease = .expired }
        } else if world.budget.expiries > 0 {
            add(Step(name: .leaseRunsOut)) {
                $0.budget.expiries -= 1
                $0.event.lease = .expired
            }
        }
    }
}

extension World {
    /// Unacknowledged when its channel went: back in the queue.
    mutating func requeue(_ copy: Int) {
        if copies[copy] != .acked { copies[copy] = .queued }
    }
}
