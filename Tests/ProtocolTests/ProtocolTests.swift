import Testing

@Suite("The claim, park and settle protocol, every interleaving")
struct ProtocolTests {
    static let configurations = [
        Rules(
            name: "email, crashes and slow owners",
            policies: [.resend],
            budget: Budget(crashes: 2, expiries: 1, lostBrokerConnections: 1)
        ),
        Rules(
            name: "SMS, crashes and slow owners, an operator resolves",
            policies: [.hold],
            budget: Budget(crashes: 1, expiries: 1, lostBrokerConnections: 1, resolves: 1)
        ),
        Rules(
            name: "email, one copy, four crashes",
            policies: [.resend],
            copies: 1,
            budget: Budget(crashes: 4, expiries: 1)
        ),
        Rules(
            name: "SMS, one copy, four crashes",
            policies: [.hold],
            copies: 1,
            budget: Budget(crashes: 4, expiries: 1, resolves: 1)
        ),
        Rules(
            name: "email, lost replies and a drain",
            policies: [.resend],
            budget: Budget(crashes: 1, lostReplies: 1, expiries: 1, drains: 1)
        ),
        Rules(
            name: "SMS, lost replies and a drain",
            policies: [.hold],
            budget: Budget(lostReplies: 1, expiries: 1, drains: 1, resolves: 1)
        ),
        Rules(
            name: "SMS, a statement that commits late",
            policies: [.hold],
            copies: 1,
            budget: Budget(crashes: 1, stragglers: 1, expiries: 1, resolves: 1)
        ),
        Rules(
            name: "email, a replay and a pause",
            policies: [.resend],
            copies: 1,
            attempts: 1,
            budget: Budget(crashes: 1, lostReplies: 1, expiries: 1, replays: 1, pauses: 1)
        ),
        Rules(
            name: "email and SMS, a slow owner",
            policies: [.resend, .hold],
            copies: 1,
            budget: Budget(crashes: 1, expiries: 1)
        ),
        Rules(
            name: "email and SMS, two copies",
            policies: [.resend, .hold],
            attempts: 1,
            budget: Budget(crashes: 1)
        ),
        Rules(
            name: "undecided at first",
            policies: [.resend],
            attempts: 3,
            startsUndecided: true,
            budget: Budget(crashes: 1, expiries: 1)
        ),
        Rules(
            name: "undecided at first, then two channels",
            policies: [.resend, .hold],
            copies: 1,
            startsUndecided: true,
            budget: Budget(stragglers: 1)
        ),
    ]

    @Test("nothing lost, nothing sent twice unmarked, nothing stuck", arguments: configurations)
    func holds(_ rules: Rules) {
        let exploration = Explorer(rules: rules).explore()
        print("\(rules.name): \(exploration.states) states, \(exploration.transitions) transitions")
        #expect(exploration.finding == nil, "\(exploration.finding.map(String.init(describing:)) ?? "")")
        #expect(exploration.finalStates > 0)
    }
}
