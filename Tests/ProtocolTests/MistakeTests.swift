import Testing

@Suite("The model can fail: each way to get the protocol wrong is found")
struct MistakeTests {
    /// The smallest configuration that shows it.
    private static func rules(for mistake: Mistake) -> Rules {
        let resend = [Rules.Policy.resend]
        let hold = [Rules.Policy.hold]
        var rules = Rules(name: "\(mistake)", policies: resend, budget: Budget(), mistake: mistake)
        switch mistake {
        case .settleWithoutToken, .takesOverRunningLease:
            rules.budget = Budget(expiries: 1)
        case .settleUndoesDecisions:
            rules.policies = hold
            rules.copies = 1
            rules.budget = Budget(lostReplies: 1)
        case .lateAnswerIgnoresState, .parksCopyWithoutLock, .settleMissesConcurrentCopy:
            rules.budget = Budget(crashes: 1, expiries: 1, lostBrokerConnections: 1, drains: 1)
        case .copyAckedWithoutParking, .takeOverWithoutMark, .takeUpDropsRow, .settledLeavesLease,
            .deadLetterWithoutBody, .settleKeepsCopies:
            rules.budget = Budget(crashes: 1, lostBrokerConnections: 1)
        case .retryWithoutMark: break
        case .releaseAfterLastByte:
            rules.budget = Budget(drains: 1)
        case .holdWithoutBegunMark:
            rules.policies = hold
            rules.budget = Budget(crashes: 1)
        case .beginWithoutToken, .holdResentByItself:
            rules.policies = hold
            rules.budget = Budget(expiries: 1)
        case .ackBeforeSettle:
            rules.copies = 1
            rules.budget = Budget(crashes: 1)
        case .ackAfterLostClaim:
            rules.policies = [.resend, .hold]
            rules.copies = 1
            rules.budget = Budget(crashes: 1, expiries: 1)
        case .releasedTakenForDuplicate, .copyAckedUnlessHeld:
            rules.copies = 1
            rules.budget = Budget(lostBrokerConnections: 1, drains: 1)
        case .fixChannelsTwice:
            rules.policies = [.resend, .hold]
            rules.copies = 1
            rules.startsUndecided = true
            rules.budget = Budget(stragglers: 1)
        case .replayKeepsSettled, .replayWithoutMark:
            rules.copies = 1
            rules.attempts = 1
            rules.budget = Budget(replays: 1)
        }
        return rules
    }

    @Test("found, with the steps that lead there", arguments: Mistake.allCases)
    func found(_ mistake: Mistake) throws {
        let exploration = Explorer(rules: Self.rules(for: mistake)).explore()
        let finding = try #require(exploration.finding)
        print("\(mistake): \(finding.promise), in \(finding.trace.count) steps, after \(exploration.states) states")
        #expect(!finding.trace.isEmpty)
    }
}
