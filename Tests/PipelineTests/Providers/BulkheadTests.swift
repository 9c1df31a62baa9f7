import NotifyTestKit
import Testing

@testable import Pipeline

@Suite("Bulkhead")
struct BulkheadTests {
    private let start = ContinuousClock.now

    private func waiter(_ number: Int) -> Bulkhead.WaiterID { Bulkhead.WaiterID(number: UInt64(number)) }

    /// With all places taken.
    private func full(_ limit: Int) -> Bulkhead {
        var bulkhead = Bulkhead(limit: limit)
        for number in 0..<limit { #expect(bulkhead.enter(waiter(1000 + number), now: start) == .enter) }
        return bulkhead
    }

    @Test("without a limit everybody enters")
    func unlimited() {
        var bulkhead = Bulkhead(limit: nil)
        for number in 0..<10_000 { #expect(bulkhead.enter(waiter(number), now: start) == .enter) }
        #expect(bulkhead.inFlight == 10_000)
    }

    @Test("a limit below one is one: a provider is never shut out by it")
    func leastLimit() {
        var bulkhead = Bulkhead(limit: 0)
        #expect(bulkhead.enter(waiter(1), now: start) == .enter)
        #expect(bulkhead.enter(waiter(2), now: start) == .wait(until: start.advanced(by: .seconds(2))))
    }

    @Test("places go to those who wait, longest first; who comes meanwhile does not overtake")
    func fair() {
        var bulkhead = full(2)
        _ = bulkhead.enter(waiter(1), now: start)
        _ = bulkhead.enter(waiter(2), now: start)
        #expect(bulkhead.leave() == waiter(1))
        #expect(bulkhead.enter(waiter(3), now: start) == .wait(until: start.advanced(by: .seconds(2))))
        #expect(bulkhead.leave() == waiter(2))
        #expect(bulkhead.leave() == waiter(3))
        #expect(bulkhead.inFlight == 2)
        #expect(bulkhead.leave() == nil)
        #expect(bulkhead.inFlight == 1)
    }

    @Test("once one waited in vain others are refused at once, those who wait already are not; a free place ends that")
    func stuck() {
        var bulkhead = full(1)
        _ = bulkhead.enter(waiter(1), now: start)
        _ = bulkhead.enter(waiter(2), now: start)
        #expect(bulkhead.timedOut(waiter(1)) == true)
        #expect(bulkhead.isStuck)
        #expect(bulkhead.enter(waiter(3), now: start) == .refused)
        #expect(bulkhead.waiting == 1)
        #expect(bulkhead.leave() == waiter(2))
        #expect(bulkhead.enter(waiter(4), now: start) == .wait(until: start.advanced(by: .seconds(2))))
    }

    @Test("who goes away by itself leaves the line, and says nothing about the provider")
    func withdraws() {
        var bulkhead = full(1)
        _ = bulkhead.enter(waiter(1), now: start)
        #expect(bulkhead.withdraw(waiter(1)) == true)
        #expect(!bulkhead.isStuck)
        #expect(bulkhead.leave() == nil)
        #expect(bulkhead.inFlight == 0)
    }

    @Test("time-out and withdrawal that come too late say so: the place was given, and has to be left")
    func tooLate() {
        var bulkhead = full(1)
        _ = bulkhead.enter(waiter(1), now: start)
        #expect(bulkhead.leave() == waiter(1))
        #expect(bulkhead.timedOut(waiter(1)) == false)
        #expect(!bulkhead.isStuck)
        #expect(bulkhead.withdraw(waiter(1)) == false)
        #expect(bulkhead.inFlight == 1)
        #expect(bulkhead.leave() == nil)
    }

    @Test(
        "at random: never more than the limit, first come first served, no place lost, none idle while somebody waits",
        arguments: 0..<20 as Range<UInt64>
    )
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let limit = Int.random(in: 1...6, using: &random)
        var bulkhead = Bulkhead(limit: limit)
        var holders = 0
        var line: [Bulkhead.WaiterID] = []
        var isStuck = false
        for number in 0..<500 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1, 2:
                let answer = bulkhead.enter(waiter(number), now: start)
                if holders < limit {
                    #expect(answer == .enter)
                    holders += 1
                } else if isStuck {
                    #expect(answer == .refused)
                } else {
                    #expect(answer == .wait(until: start.advanced(by: .seconds(2))))
                    line.append(waiter(number))
                }
            case 3 where !line.isEmpty:
                let index = Int.random(in: 0..<line.count, using: &random)
                #expect(bulkhead.withdraw(line.remove(at: index)) == true)
            case 4 where !line.isEmpty:
                #expect(bulkhead.timedOut(line.removeFirst()) == true)
                isStuck = true
            default:
                guard holders > 0 else { continue }
                let next = bulkhead.leave()
                isStuck = false
                #expect(next == line.first)
                if line.isEmpty { holders -= 1 } else { line.removeFirst() }
            }
            #expect(bulkhead.inFlight == holders)
            #expect(bulkhead.inFlight <= limit)
            #expect(bulkhead.waiting == line.count)
            #expect(line.isEmpty || holders == limit)
        }
    }
}
