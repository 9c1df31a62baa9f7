import Testing

@testable import Broker

@Suite("ReconnectBackoff")
struct ReconnectBackoffTests {
    @Test("the ceiling doubles from 1 s to 30 s; the floor stays 0.5 s")
    func ceilings() {
        var high = ReconnectBackoff(nodeCount: 1)
        let ceilings = (0..<8).map { _ in high.next(random: 1).delay }
        #expect(ceilings == [1, 2, 4, 8, 16, 30, 30, 30].map { Duration.seconds($0) })
        var low = ReconnectBackoff(nodeCount: 1)
        for _ in 0..<8 { #expect(low.next(random: 0).delay == .milliseconds(500)) }
    }

    @Test("nodes are tried in turn, and the ceiling rises once a round")
    func nodes() {
        var backoff = ReconnectBackoff(nodeCount: 3)
        #expect(backoff.node == 0)
        let retries = (0..<6).map { _ in backoff.next(random: 1) }
        #expect(retries.map(\.node) == [1, 2, 0, 1, 2, 0])
        #expect(retries.map(\.delay) == [1, 1, 1, 2, 2, 2].map { Duration.seconds($0) })
    }

    @Test("a connection that lasted starts over; one that did not, does not")
    func reset() {
        var backoff = ReconnectBackoff(nodeCount: 1)
        for _ in 0..<4 { _ = backoff.next(random: 1) }
        backoff.connectionEnded(after: .seconds(2))
        #expect(backoff.next(random: 1).delay == .seconds(16))
        backoff.connectionEnded(after: .seconds(10))
        #expect(backoff.next(random: 1).delay == .seconds(1))
    }

    @Test("any random number, any number of failures: within 0.5 s and 30 s")
    func bounds() {
        var backoff = ReconnectBackoff(nodeCount: 2)
        for number in [0, 0.3, 0.999, 1, -4, 12, .infinity] {
            for _ in 0..<20 {
                let delay = backoff.next(random: number).delay
                #expect(delay >= .milliseconds(500) && delay <= .seconds(30))
            }
        }
    }
}
