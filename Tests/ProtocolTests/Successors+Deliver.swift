/// `EventPipeline+Deliver.swift`: begin, send, and what the provider makes of it.
extension Successors {
    mutating func deliver(_ replica: Int, _ passage: Passage) {
        for channel in 0..<2 {
            let leg = passage.legs[channel]
            switch leg {
            case .todo: begin(replica, channel, passage)
            case .sending: send(replica, channel)
            case .accepted:
                answer(replica, channel, [(.answerAccepted, .settleSent), (.answerMissing, .settleUnanswered)])
            case .refused:
                answer(replica, channel, [(.answerTransient, .settleTransient), (.answerMissing, .settleUnanswered)])
            default: if leg.isSettling { settle(replica, channel, passage) }
            }
        }
    }

    private mutating func set(_ name: Step.Name, _ replica: Int, _ channel: Int, _ leg: Leg) {
        add(Step(name: name, replica: replica, place: channel)) { $0.passages[replica].legs[channel] = leg }
    }

    /// The checks before a send: a begun mark that outlived its owner, a pause, and `EventPipeline.begin`.
    private mutating func begin(_ replica: Int, _ channel: Int, _ passage: Passage) {
        if passage.begunBefore[channel], !isResend(channel), !makes(.holdResentByItself) {
            return set(.ownerDied, replica, channel, .settleOwnerDied)
        }
        if world.isPaused { return set(.withhold, replica, channel, .settlePaused) }
        drain(replica, channel)
        // `LeaseKeeper.lasts` says no once the lease has run out, and `ClaimStore.renew` needs the token.
        if !fits(replica), !makes(.beginWithoutToken) {
            return set(.beginRefused, replica, channel, .released)
        }
        if fits(replica), world.event.lease == .expired {
            add(Step(name: .renew, replica: replica)) { $0.event.lease = .running }
            return
        }
        guard !isResend(channel), !makes(.holdWithoutBegunMark) else {
            return set(.begin, replica, channel, .sending)
        }
        // `ClaimStore.begin` commits the mark.
        addUnit(.begin, replica, place: channel) {
            $0.event.begun[channel] = true
        } answered: {
            $0.passages[replica].legs[channel] = .sending
        }
        straggle(replica, Straggler(kind: .begin, place: UInt8(channel))) {
            $0.event.begun[channel] = true
            $0.passages[replica].legs[channel] = .sending
        }
    }

    /// Given up before the last byte: as if never begun.
    private mutating func drain(_ replica: Int, _ channel: Int) {
        guard world.budget.drains > 0 else { return }
        add(Step(name: .abandon, replica: replica, place: channel)) {
            $0.budget.drains -= 1
            $0.passages[replica].legs[channel] = .released
        }
    }

    private mutating func send(_ replica: Int, _ channel: Int) {
        drain(replica, channel)
        let needsOperator = !isResend(channel)
        add(Step(name: .lastByteAccepted, replica: replica, place: channel)) { world in
            let isAsked = !needsOperator || world.operatorResent[channel]
            if !world.isSent[channel] {
                world.isSent[channel] = true
            } else if isAsked, world.resends[channel] > 0 {
                world.resends[channel] -= 1
            } else {
                world.offence = .unmarkedSecondSend
            }
            world.passages[replica].legs[channel] = .accepted
        }
        set(.lastByteRefused, replica, channel, .refused)
    }

    private mutating func answer(_ replica: Int, _ channel: Int, _ answers: [(Step.Name, Leg)]) {
        for (name, leg) in answers { set(name, replica, channel, leg) }
        guard world.budget.drains > 0 else { return }
        // Stopped while waiting: it may have been sent, so the claim stays for the next owner to find.
        let leg = makes(.releaseAfterLastByte) ? Leg.released : .leftClaimed
        add(Step(name: .cancelAfterLastByte, replica: replica, place: channel)) {
            $0.budget.drains -= 1
            $0.passages[replica].legs[channel] = leg
        }
    }

    /// Release, nack, ack.
    mutating func finish(_ replica: Int, _ passage: Passage) {
        switch passage.stage {
        case .release: release(replica)
        case .requeue: answerBroker(replica, passage, .nack, .queued)
        default: answerBroker(replica, passage, .ack, .acked)
        }
    }

    /// `ClaimStore.release`, sent once; then the message goes back whatever came of it.
    private mutating func release(_ replica: Int) {
        add(Step(name: .release, replica: replica)) {
            if $0.event.owner == UInt8(replica) + 1 { $0.event.release() }
            $0.passages[replica].stage = .requeue
        }
        if world.budget.lostReplies > 0 {
            add(Step(name: .releaseLost, replica: replica)) {
                $0.budget.lostReplies -= 1
                $0.passages[replica].stage = .requeue
            }
        }
        straggle(replica, Straggler(kind: .release)) { $0.passages[replica].stage = .requeue }
    }

    private mutating func answerBroker(_ replica: Int, _ passage: Passage, _ name: Step.Name, _ place: CopyPlace) {
        add(Step(name: name, replica: replica)) {
            if let copy = passage.copy, !passage.isStale { $0.copies[copy] = place }
            $0.end(replica)
        }
    }
}

extension EventRow {
    mutating func release() {
        lease = .none
        begun = Pair(false)
    }
}

extension World {
    /// `deliverAll` after the last ending: the worst one decides. Nobody else sees it, so it is no step of its own.
    mutating func conclude(_ replica: Int, rules: Rules) {
        let passage = passages[replica]
        guard passage.stage == .deliver, passage.legs.first.isOver, passage.legs.second.isOver else { return }
        let has = { (leg: Leg) in passage.legs.contains { $0 == leg } }
        var next = Passage()
        next.source = passage.source
        next.isStale = passage.isStale
        if has(.leftClaimed) {
            next.stage = .requeue
        } else if has(.released) {
            next.stage = .release
        } else if passage.lostClaim, passage.copy != nil, rules.mistake != .ackAfterLostClaim {
            // Another owner may have taken up one channel's row and lean on this message for the other.
            next.stage = .claim
        } else {
            next.stage = .acknowledge
        }
        passages[replica] = next
        // The claim asks under a new token.
        if next.stage == .claim, event.owner == UInt8(replica) + 1 { event.owner = 0 }
    }
}
