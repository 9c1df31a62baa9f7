/// `SettleStatement`: one place of one event, only while the token fits.
extension Successors {
    mutating func settle(_ replica: Int, _ channel: Int, _ passage: Passage) {
        let (leg, rules) = (passage.legs[channel], rules)
        let settled = Straggler(
            kind: .settle,
            place: UInt8(channel),
            leg: leg,
            attempts: passage.attempts[channel]
        )
        let isOurs = fits(replica) && (world.settles(settled, rules: rules) || makes(.settleUndoesDecisions))
        guard isOurs || makes(.settleWithoutToken) else { return claimLost(replica, channel, leg) }
        if makes(.ackBeforeSettle), let copy = passage.copy, !passage.isStale, world.copies[copy] != .acked {
            add(Step(name: .ack, replica: replica)) { $0.copies[copy] = .acked }
            return
        }
        addUnit(.settle, replica, place: channel) {
            $0.settle(settled, rules: rules)
        } answered: {
            $0.passages[replica].legs[channel] = .done
        }
        straggle(replica, settled) {
            $0.settle(settled, rules: rules)
            $0.passages[replica].legs[channel] = .done
        }
        guard makes(.settleMissesConcurrentCopy), world.whole == .copy else { return }
        // One snapshot for the whole statement: a copy committed while it waited for the row's lock is not seen.
        add(Step(name: .settleMissingCopy, replica: replica, place: channel)) {
            $0.settle(settled, rules: rules)
            $0.whole = .copy
            $0.passages[replica].legs[channel] = .done
        }
    }

    /// Under a lost token nothing is written, but an accepted answer makes `uncertain` `sent`.
    private mutating func claimLost(_ replica: Int, _ channel: Int, _ leg: Leg) {
        let state = world.event.states[channel]
        let settles = leg == .settleSent && (state == .uncertain || makes(.lateAnswerIgnoresState))
        add(Step(name: settles ? .lateAccepted : .settleClaimLost, replica: replica, place: channel)) {
            if settles { $0.finish(channel, .sent) }
            $0.passages[replica].legs[channel] = .done
            $0.passages[replica].lostClaim = true
        }
    }

    /// The connection is lost before the COMMIT, the repetition is committed, and the first try is still on its way.
    mutating func straggle(_ replica: Int, _ straggler: Straggler, repetition: (inout World) -> Void) {
        guard world.budget.stragglers > 0, world.straggler == nil else { return }
        add(Step(name: .connectionLostBeforeCommit, replica: replica, place: Int(straggler.place))) {
            $0.budget.stragglers -= 1
            repetition(&$0)
            $0.straggler = straggler
            $0.straggler?.fits = $0.event.owner == UInt8(replica) + 1
        }
    }

    mutating func stragglerMoves() {
        guard let straggler = world.straggler else { return }
        let rules = rules
        add(Step(name: .stragglerVanishes)) { $0.straggler = nil }
        guard straggler.fits else { return }
        add(Step(name: .stragglerCommits)) {
            $0.straggler = nil
            let channel = Int(straggler.place)
            let isClaimed = $0.event.lease != .none
            switch straggler.kind {
            case .settle:
                if $0.settles(straggler, rules: rules) || rules.mistake == .settleUndoesDecisions {
                    $0.settle(straggler, rules: rules)
                }
            case .release: $0.event.release()
            case .begin: if isClaimed { $0.event.begun[channel] = true }
            case .fixChannels: if isClaimed { $0.fixChannels(rules: rules) }
            }
        }
    }
}

extension World {
    /// The place is open, or as this very settle left it: anything else was decided since, under no new token.
    func settles(_ settle: Straggler, rules: Rules) -> Bool {
        let state = event.states[Int(settle.place)]
        var after = self
        after.settle(settle, rules: rules)
        return state == .open || state == after.event.states[Int(settle.place)]
    }

    /// What `fenced`, `logged`, `parks_…`, `unparked` and `died` do with one place.
    mutating func settle(_ settle: Straggler, rules: Rules) {
        let (channel, leg, attempts) = (Int(settle.place), settle.leg, settle.attempts)
        if event.states[channel] == .settled, log[channel] == .sent, leg != .settleSent { offence = .sentUndone }
        // The count is absolute: a repetition finds the place as it left it.
        let isFirst = event.states[channel] == .open
        let isLast = attempts + 1 >= rules.attempts
        switch leg {
        case .settleSent: finish(channel, .sent)
        case .settleTransient:
            event.attempts[channel] = attempts + 1
            if isLast { die(channel, rules: rules) } else { park(channel, .due, .retrying) }
        case .settleUnanswered where rules.policies[channel] == .resend || rules.mistake == .holdResentByItself:
            event.attempts[channel] = attempts + 1
            if isLast {
                die(channel, rules: rules)
                if rules.mistake != .deadLetterWithoutBody { deadLetters[channel] = .storedUnanswered }
            } else {
                park(channel, .due, .retrying)
                if isFirst, rules.mistake != .retryWithoutMark { mark(channel) }
            }
        case .settleUnanswered, .settleOwnerDied:
            event.states[channel] = .uncertain
            rows[channel] = .uncertain
            log[channel] = .uncertain
        case .settlePaused: park(channel, .paused, .paused)
        default:
            event.attempts[channel] = attempts + 1
            if isLast {
                die(channel, rules: rules)
            } else {
                event.states[channel] = .parked
                log[channel] = .retrying
                whole = .due
            }
        }
        event.begun[channel] = false
        let parksEvent = leg == .settleUndecided && !isLast
        let isDone = event.states[1 - channel] != .open
        if isDone {
            if rules.mistake != .settledLeavesLease { event.lease = .none }
            if !parksEvent, rules.mistake != .settleKeepsCopies { whole = .absent }
        }
    }

    mutating func finish(_ channel: Int, _ status: LogStatus) {
        event.states[channel] = .settled
        log[channel] = status
        rows[channel] = .absent
    }

    private mutating func die(_ channel: Int, rules: Rules) {
        finish(channel, .failed)
        if rules.mistake != .deadLetterWithoutBody { deadLetters[channel] = .stored }
    }

    private mutating func park(_ channel: Int, _ hold: ParkedRow, _ status: LogStatus) {
        event.states[channel] = .parked
        rows[channel] = hold
        log[channel] = status
    }
}
