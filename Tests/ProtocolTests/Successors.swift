/// All that can happen next, gathered by the protocol's parts.
struct Successors {
    let rules: Rules
    let world: World
    private(set) var found: [(step: Step, world: World)] = []

    init(of world: World, rules: Rules) {
        self.world = world
        self.rules = rules
        for replica in 0..<2 {
            let passage = world.passages[replica]
            switch passage.stage {
            case .idle: receive(replica)
            case .claim, .read, .park, .parkUnlocked, .fix: claim(replica, passage)
            case .deliver: deliver(replica, passage)
            case .release, .acknowledge, .requeue: finish(replica, passage)
            }
            if passage.stage != .idle { fail(replica, passage) }
        }
        parkedRowsChange()
        leaseEnds()
        stragglerMoves()
        operatorActs()
    }

    func makes(_ mistake: Mistake) -> Bool { rules.mistake == mistake }

    mutating func add(_ step: Step, _ change: (inout World) -> Void) {
        var next = world
        change(&next)
        for replica in 0..<2 { next.conclude(replica, rules: rules) }
        found.append((step, next))
    }

    /// A unit sent by `runUntilCommitted`: committed and answered, or committed with its reply lost and sent again.
    ///
    /// - Parameters:
    ///   - commit: what Postgres does.
    ///   - answered: what the replica does with the reply.
    mutating func addUnit(
        _ name: Step.Name,
        _ replica: Int,
        place: Int? = nil,
        commit: (inout World) -> Void,
        answered: (inout World) -> Void
    ) {
        add(Step(name: name, replica: replica, place: place)) { world in
            commit(&world)
            answered(&world)
        }
        guard world.budget.lostReplies > 0 else { return }
        var next = world
        next.budget.lostReplies -= 1
        commit(&next)
        found.append((Step(name: name, replica: replica, place: place, isReplyLost: true), next))
    }

    /// Whether the passage's token is on the event's row.
    func fits(_ replica: Int) -> Bool { world.event.owner == UInt8(replica) + 1 }

    func isResend(_ channel: Int) -> Bool { rules.policies[channel] == .resend }
}

extension World {
    /// A new token is set: `replica` nil when nobody will ever know it.
    mutating func take(by replica: Int?, rules: Rules) {
        let hides = event.lease == .expired && rules.mistake != .takeOverWithoutMark && !event.isUndecided
        for channel in 0..<rules.channels where hides && event.states[channel] == .open {
            if rules.policies[channel] == .resend { mark(channel) }
        }
        event.lease = .running
        event.owner = replica.map { UInt8($0) + 1 } ?? 0
        straggler?.fits = false
    }

    /// `resend_count` goes up.
    mutating func mark(_ channel: Int) {
        resends[channel] = min(resends[channel] + 1, 2)
    }

    /// What the claim's reply tells; then the work begins.
    mutating func begin(_ replica: Int, rules: Rules) {
        var passage = passages[replica]
        for channel in 0..<2 { passage.legs[channel] = event.states[channel] == .open ? .todo : .none }
        passage.begunBefore = event.begun
        passage.attempts = event.attempts
        passage.lostClaim = false
        if event.isUndecided, isContactKnown {
            passage.stage = .fix
        } else {
            passage.stage = .deliver
            if event.isUndecided { passage.legs.first = .settleUndecided }
        }
        passages[replica] = passage
    }

    /// The passage is over; nobody will use its token again.
    mutating func end(_ replica: Int) {
        passages[replica] = Passage()
        if event.owner == UInt8(replica) + 1 { event.owner = 0 }
    }
}
