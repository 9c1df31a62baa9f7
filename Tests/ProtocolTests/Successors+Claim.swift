/// `EventPipeline+Claim.swift` over `ClaimStatements`, `parkCopy` and `fixChannels`.
extension Successors {
    /// A message is delivered, or something parked is taken up.
    mutating func receive(_ replica: Int) {
        for copy in 0..<2 where world.copies[copy] == .queued {
            add(Step(name: .deliver, replica: replica, place: copy)) { world in
                world.copies[copy] = .at(replica)
                world.passages[replica].stage = .claim
                world.passages[replica].source = copy == 0 ? .firstCopy : .secondCopy
            }
        }
        takeDue(replica)
    }

    mutating func claim(_ replica: Int, _ passage: Passage) {
        switch passage.stage {
        case .claim: insertOrTakeOver(replica)
        case .read: read(replica)
        case .park: parkCopy(replica)
        case .parkUnlocked: storeCopy(replica)
        case .fix: fixChannels(replica, passage)
        default: break
        }
    }

    /// `ClaimStatements.insert`, whose commit makes a new row ours; where there was one, `takeOver`, which locks the row
    /// until the commit if it makes it ours, so that `read` sees it. Else `read` is a step of its own: its snapshot is a
    /// later one.
    private mutating func insertOrTakeOver(_ replica: Int) {
        let event = world.event
        let (rules, world) = (rules, world)
        if !event.exists {
            addUnit(.insertEvent, replica) { next in
                next.event.exists = true
                next.event.isUndecided = !world.isContactKnown
                next.event.states.first = .open
                if rules.channels == 2, world.isContactKnown { next.event.states.second = .open }
                next.take(by: replica, rules: rules)
            } answered: {
                $0.begin(replica, rules: rules)
            }
        } else if fits(replica) {
            // The repetition after a lost reply: its own token is no reason to take over.
            add(Step(name: .takeOverFindsNothing, replica: replica)) { $0.passages[replica].stage = .read }
        } else if event.isFree || makes(.takesOverRunningLease), event.hasOpen {
            addUnit(.takeOver, replica) {
                $0.take(by: replica, rules: rules)
            } answered: {
                $0.begin(replica, rules: rules)
            }
        } else {
            add(Step(name: .takeOverFindsNothing, replica: replica)) { $0.passages[replica].stage = .read }
        }
    }

    /// `ClaimStatements.read` and `ClaimReader.outcome`.
    private mutating func read(_ replica: Int) {
        let (event, rules) = (world.event, rules)
        if fits(replica), event.lease != .none {
            add(Step(name: .readOwn, replica: replica)) { $0.begin(replica, rules: rules) }
        } else if !event.hasOpen {
            add(Step(name: .readDuplicate, replica: replica)) { $0.passages[replica].stage = .acknowledge }
        } else if event.lease == .none {
            // Given back between the two statements: this message may be the event's last body.
            let isDropped = makes(.releasedTakenForDuplicate)
            add(Step(name: .readReleased, replica: replica)) {
                $0.passages[replica].stage = isDropped ? .acknowledge : .claim
            }
        } else {
            let isDropped = makes(.copyAckedWithoutParking)
            add(Step(name: .readHeld, replica: replica)) {
                $0.passages[replica].stage = isDropped ? .acknowledge : .park
            }
        }
    }

    /// `ParkedStore.parkCopy`: locks the event's row and stores the body only while it is claimed.
    private mutating func parkCopy(_ replica: Int) {
        guard world.event.lease != .none else {
            let isDropped = makes(.copyAckedUnlessHeld)
            add(Step(name: .parkCopyFindsNoClaim, replica: replica)) {
                $0.passages[replica].stage = isDropped ? .acknowledge : .claim
            }
            return
        }
        if makes(.parksCopyWithoutLock) {
            add(Step(name: .looksBeforeParking, replica: replica)) { $0.passages[replica].stage = .parkUnlocked }
        } else {
            storeCopy(replica)
        }
    }

    private mutating func storeCopy(_ replica: Int) {
        addUnit(.parkCopy, replica) {
            if $0.whole == .absent { $0.whole = .copy }
        } answered: {
            $0.passages[replica].stage = .acknowledge
        }
    }

    /// `ClaimStore.fixChannels`: only while they are undecided, since the statement may come a second time.
    private mutating func fixChannels(_ replica: Int, _ passage: Passage) {
        let rules = rules
        guard fits(replica), world.event.lease != .none else {
            add(Step(name: .fixChannelsLost, replica: replica)) { world in
                if passage.copy == nil { world.end(replica) } else { world.passages[replica].stage = .claim }
            }
            return
        }
        addUnit(.fixChannels, replica) {
            $0.fixChannels(rules: rules)
        } answered: { world in
            for channel in 0..<rules.channels { world.passages[replica].legs[channel] = .todo }
            world.passages[replica].stage = .deliver
        }
        straggle(replica, Straggler(kind: .fixChannels)) {
            $0.fixChannels(rules: rules)
            for channel in 0..<rules.channels { $0.passages[replica].legs[channel] = .todo }
            $0.passages[replica].stage = .deliver
        }
    }
}

extension World {
    mutating func fixChannels(rules: Rules) {
        guard event.isUndecided || rules.mistake == .fixChannelsTwice else { return }
        event.isUndecided = false
        for channel in 0..<rules.channels { event.states[channel] = .open }
    }
}
