/// `ParkedStore.takeDue`, and the sweep of what a pause held.
extension Successors {
    /// One row an event: `claimed` opens the row's own notification and takes along what is open anyway.
    mutating func takeDue(_ replica: Int) {
        for channel in 0..<rules.channels where world.rows[channel] == .due || world.rows[channel] == .lease {
            take(replica, channel)
        }
        if world.whole != .absent { take(replica, nil) }
    }

    private mutating func take(_ replica: Int, _ channel: Int?) {
        let (event, rules) = (world.event, rules)
        let opens: Bool
        if let channel {
            opens = event.states[channel] == .parked
        } else {
            opens = event.isUndecided && event.states.first == .parked
        }
        guard event.isFree || makes(.takesOverRunningLease), event.hasOpen || opens else { return }
        let dropsRow = makes(.takeUpDropsRow)
        let commit: (inout World) -> Void = {
            $0.take(by: nil, rules: rules)
            if opens { $0.event.states[channel ?? 0] = .open }
            if let channel {
                $0.rows[channel] = dropsRow ? .absent : .lease
            } else if $0.whole == .due {
                $0.whole = dropsRow ? .absent : .lease
            }
        }
        add(Step(name: .takeDue, replica: replica, place: channel)) {
            commit(&$0)
            $0.event.owner = UInt8(replica) + 1
            $0.passages[replica].source = .parked
            $0.begin(replica, rules: rules)
        }
        // Sent once: nobody learns of the claims whose reply is lost.
        guard world.budget.lostReplies > 0 else { return }
        add(Step(name: .takeDueReplyLost, replica: replica, place: channel)) {
            $0.budget.lostReplies -= 1
            commit(&$0)
        }
    }

    mutating func parkedRowsChange() {
        // `waiting` … `removed`: rows of notifications that are settled, copies of events that need them no more.
        let isNeeded = world.event.hasOpen || (world.event.isUndecided && world.event.states.first == .parked)
        if world.whole != .absent, !isNeeded, !makes(.settleKeepsCopies) {
            add(Step(name: .removeOver)) { $0.whole = .absent }
        }
        for channel in 0..<rules.channels {
            if world.rows[channel] != .absent, world.event.states[channel] == .settled {
                add(Step(name: .removeOver, place: channel)) { $0.rows[channel] = .absent }
            }
            if world.rows[channel] == .paused, !world.isPaused {
                add(Step(name: .sweepPaused, place: channel)) { $0.rows[channel] = .due }
            }
        }
    }
}
