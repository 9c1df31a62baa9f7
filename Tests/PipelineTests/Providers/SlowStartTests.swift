import NotifyTestKit
import Testing

@testable import Pipeline

@Suite("Slow start")
struct SlowStartTests {
    @Test("no limit before the first restart")
    func unlimited() {
        var start = SlowStart(bound: 8)
        #expect(start.room == nil)
        for _ in 0..<1000 { #expect(start.enter() != nil) }
    }

    @Test("two at first; each success lets one more in, a failure none")
    func grows() throws {
        var start = SlowStart(bound: 100)
        start.restart()
        let (entered, other) = (start.enter(), start.enter())
        let first = try #require(entered)
        let second = try #require(other)
        #expect(start.enter() == nil)
        start.leave(first, .working)
        #expect(start.allowance == 3)
        #expect(start.room == 2)
        for standing in [ProviderStanding.failing, .refusing, .unknown] {
            var copy = start
            copy.leave(second, standing)
            #expect(copy.allowance == 3)
            #expect(copy.room == 3)
        }
    }

    @Test("rounds of sends that all succeed: 2, 4, 8, 16, then no limit")
    func doubles() {
        var start = SlowStart(bound: 32)
        start.restart()
        for expected in [2, 4, 8, 16] {
            var round: [SlowStart.Pass] = []
            while let pass = start.enter() { round.append(pass) }
            #expect(round.count == expected)
            for pass in round { start.leave(pass, .working) }
        }
        #expect(start.allowance == nil)
    }

    @Test("what entered before a restart takes no room after it, and its success widens nothing")
    func oldPasses() throws {
        var start = SlowStart(bound: 100)
        let before = (0..<50).compactMap { _ in start.enter() }
        start.restart()
        #expect(start.room == 2)
        for pass in before { start.leave(pass, .working) }
        #expect(start.room == 2)
        #expect(start.allowance == 2)
    }

    @Test("a restart begins small again, from any allowance", arguments: [0, 5, 500])
    func restarts(successes: Int) {
        var start = SlowStart(bound: 64)
        start.restart()
        for _ in 0..<successes {
            if let pass = start.enter() { start.leave(pass, .working) }
        }
        start.restart()
        #expect(start.room == 2)
    }

    @Test(
        "at random: never more in flight than allowed, and no success is forgotten",
        arguments: 0..<20 as Range<UInt64>
    )
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var start = SlowStart(bound: 40)
        start.restart()
        var inFlight: [SlowStart.Pass] = []
        var allowance = 2
        for _ in 0..<500 {
            if Bool.random(using: &random) {
                let pass = start.enter()
                #expect((pass != nil) == (allowance >= 40 || inFlight.count < allowance))
                if let pass { inFlight.append(pass) }
            } else if !inFlight.isEmpty {
                let standing = ProviderStanding.allCases.randomElement(using: &random) ?? .unknown
                start.leave(inFlight.remove(at: Int.random(in: 0..<inFlight.count, using: &random)), standing)
                if standing == .working { allowance += 1 }
            }
            #expect(start.allowance == (allowance >= 40 ? nil : allowance))
        }
    }
}
