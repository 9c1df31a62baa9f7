/// What must hold in every reachable state, and what the end looks like.
struct Promises {
    let rules: Rules

    /// The first promise the state breaks.
    func broken(in world: World) -> String? {
        let event = world.event
        switch world.offence {
        case .unmarkedSecondSend: return "sent twice without a mark"
        case .sentUndone: return "what was sent is open again"
        case nil: break
        }
        var isWorkLeft = !event.exists
        for channel in 0..<rules.channels {
            let (state, log) = (event.states[channel], world.log[channel])
            if state == .open || state == .parked || state == .uncertain { isWorkLeft = true }
            if log == .sent, !world.isSent[channel], !world.operatorSaidSent[channel] {
                return "the log says sent, nothing was sent"
            }
            if state == .settled, log == .failed, !world.deadLetters[channel].isStored {
                return "failed without a dead letter"
            }
            if state == .settled, log != .sent, log != .failed { return "settled, and the log does not say how" }
            if state == .settled, world.rows[channel] != .absent { return "a settled notification's body is kept" }
        }
        if isWorkLeft, !keepsBody(world) { return "work is left, and no body" }
        if world.whole == .copy, !event.hasOpen { return "a copy outlives its event's settle" }
        if world.whole != .absent, !isWorkLeft { return "a settled event's body is kept" }
        if event.exists, event.lease != .none, !event.hasOpen { return "a lease without anything open" }
        return nil
    }

    private func keepsBody(_ world: World) -> Bool {
        world.copies.contains { $0 != .acked && $0 != .absent } || world.whole != .absent
            || world.rows.contains { $0 != .absent }
    }

    /// Settled, nothing parked, claimed, queued or in work.
    func isFinal(_ world: World) -> Bool {
        let event = world.event
        let isSettled = (0..<rules.channels).allSatisfy { place in
            event.states[place] == .settled || (event.isUndecided && place > 0)
        }
        return event.exists && isSettled && event.lease == .none && world.whole == .absent
            && !world.rows.contains { $0 != .absent }
            && !world.copies.contains { $0 != .acked && $0 != .absent }
            && !world.passages.contains { $0.stage != .idle }
    }
}
