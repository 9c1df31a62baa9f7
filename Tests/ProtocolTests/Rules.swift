import Testing

/// One configuration of the model.
struct Rules: Sendable, CustomTestStringConvertible {
    enum Policy: UInt8, Sendable {
        case resend, hold
    }

    var name: String
    /// One policy for each channel: `uncertain` in the catalogue.
    var policies: [Policy]
    var copies = 2
    /// Attempts that the retry schedule allows.
    var attempts: UInt8 = 2
    /// The first claim finds the contact missing: the event waits whole.
    var startsUndecided = false
    var budget: Budget
    var mistake: Mistake?

    var channels: Int { policies.count }

    var testDescription: String { mistake?.rawValue ?? name }

    var start: World {
        var world = World()
        world.budget = budget
        world.isContactKnown = !startsUndecided
        if copies == 1 { world.copies.second = .absent }
        return world
    }
}

/// Ways to get the protocol wrong; the checker has to find each of them.
enum Mistake: String, CaseIterable, Sendable {
    case settleWithoutToken
    case lateAnswerIgnoresState
    case copyAckedWithoutParking
    case copyAckedUnlessHeld
    case parksCopyWithoutLock
    case takeOverWithoutMark
    case takesOverRunningLease
    case retryWithoutMark
    case settleKeepsCopies
    case settleMissesConcurrentCopy
    case takeUpDropsRow
    case releaseAfterLastByte
    case holdWithoutBegunMark
    case beginWithoutToken
    case holdResentByItself
    case deadLetterWithoutBody
    case ackBeforeSettle
    case ackAfterLostClaim
    case releasedTakenForDuplicate
    case fixChannelsTwice
    case replayKeepsSettled
    case replayWithoutMark
    case settleUndoesDecisions
    case settledLeavesLease
}
