import Testing

@Suite("The claim, park and settle protocol, every interleaving")
struct ProtocolTests {
    static let configurations = [
        Rules(
            name: "email, crashes and slow owners",
            policies: [.resend],
            budget: Budget(crashes: 2, expiries: 2, lostBrokerConnections: 1)
        ),
        Rules(
            name: "SMS, crashes and slow owners, an operator resolves",
            policies: [.hold],
            budget: Budget(crashes: 2, expiries: 1, lostBrokerConnections: 1, resolves: 1)
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
