/// `notifyd uncertain`, `dlq replay`, `pause` and `resume`, each one transaction; and a contact that becomes known.
extension Successors {
    mutating func operatorActs() {
        let channels = 0..<rules.channels
        if !world.isContactKnown { add(Step(name: .contactArrives)) { $0.isContactKnown = true } }
        if world.isPaused { add(Step(name: .resume)) { $0.isPaused = false } }
        if world.budget.pauses > 0, !world.isPaused {
            add(Step(name: .pause)) {
                $0.budget.pauses -= 1
                $0.isPaused = true
            }
        }
        for channel in channels where world.event.states[channel] == .uncertain { resolve(channel) }
        for channel in channels where world.deadLetters[channel].isStored { replay(channel) }
    }

    private mutating func resolve(_ channel: Int) {
        add(Step(name: .resolveSent, place: channel)) {
            $0.finish(channel, .sent)
            $0.operatorSaidSent[channel] = true
        }
        guard world.budget.resolves > 0 else { return }
        add(Step(name: .resolveResend, place: channel)) {
            $0.budget.resolves -= 1
            $0.restart(channel)
            $0.mark(channel)
            $0.operatorResent[channel] = true
        }
    }

    private mutating func replay(_ channel: Int) {
        guard world.budget.replays > 0, world.event.states[channel] == .settled else { return }
        let keepsSettled = makes(.replayKeepsSettled)
        let mayHaveSent = world.deadLetters[channel] == .storedUnanswered && !makes(.replayWithoutMark)
        add(Step(name: .replay, place: channel)) {
            $0.budget.replays -= 1
            if mayHaveSent { $0.mark(channel) }
            $0.deadLetters[channel] = .replayed
            $0.restart(channel)
            if keepsSettled { $0.event.states[channel] = .settled }
        }
    }
}

extension World {
    /// Parked again, due now, its schedule from the start.
    fileprivate mutating func restart(_ channel: Int) {
        event.states[channel] = .parked
        event.begun[channel] = false
        event.attempts[channel] = 0
        log[channel] = .retrying
        if event.isUndecided { whole = .due } else { rows[channel] = .due }
    }
}
