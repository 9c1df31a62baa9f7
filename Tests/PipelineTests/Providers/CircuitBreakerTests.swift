import Testing

@testable import Pipeline

@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    /// Opened at 0 by a refusal: its first probe is due at 5.
    private func openBreaker() -> CircuitBreaker {
        var breaker = CircuitBreaker()
        _ = breaker.record(.refusing, probe: nil, startedAt: start, now: start)
        return breaker
    }

    private func probe(_ breaker: inout CircuitBreaker, _ notification: String, _ seconds: Double) throws
        -> CircuitBreaker.ProbeID
    {
        guard case .probe(let id) = breaker.admit(notification, now: at(seconds)) else { throw NoProbe() }
        return id
    }

    private struct NoProbe: Error {}

    @Test("closed from the start: everybody passes, no probe is due")
    func closed() {
        var breaker = CircuitBreaker()
        #expect(breaker.state == .closed)
        #expect(breaker.nextProbe(now: start) == nil)
        for number in 0..<100 { #expect(breaker.admit("\(number)", now: start) == .pass) }
    }

    @Test("nine failures open nothing, the tenth result at half opens; unknown ones count neither way")
    func opensAtHalf() {
        var breaker = CircuitBreaker()
        for number in 0..<9 {
            let standing: ProviderStanding = number < 5 ? .working : .failing
            #expect(breaker.record(standing, probe: nil, startedAt: start, now: start) == nil)
            #expect(breaker.record(.unknown, probe: nil, startedAt: start, now: start) == nil)
        }
        let change = breaker.record(.failing, probe: nil, startedAt: start, now: start)
        #expect(change == .opened(.failing(failures: 5, results: 10)))
        #expect(breaker.state == .open)
        #expect(breaker.nextProbe(now: start) == at(5))
    }

    @Test("every share of failures in every number of results up to 40: opens at half of at least ten, never before")
    func everyShare() {
        for results in 1...40 {
            for failures in 0...results {
                var breaker = CircuitBreaker()
                // The good ones first, so that only the whole can open it before its end.
                var opened = false
                for number in 0..<results {
                    let standing: ProviderStanding = number < results - failures ? .working : .failing
                    opened = breaker.record(standing, probe: nil, startedAt: start, now: start) != nil || opened
                }
                let expected = (1...results).contains { count in
                    let failed = max(0, count - (results - failures))
                    return count >= 10 && failed * 2 >= count
                }
                #expect(opened == expected, "\(failures) of \(results)")
            }
        }
    }

    @Test("failures more than 30 s apart from each other open nothing")
    func oldFailures() {
        var breaker = CircuitBreaker()
        for number in 0..<100 {
            let now = at(Double(number) * 4)
            #expect(breaker.record(.failing, probe: nil, startedAt: now, now: now) == nil)
        }
    }

    @Test("a refusal opens at once, however well it went before")
    func refusal() {
        var breaker = CircuitBreaker()
        for _ in 0..<1000 { _ = breaker.record(.working, probe: nil, startedAt: start, now: start) }
        #expect(breaker.record(.refusing, probe: nil, startedAt: start, now: start) == .opened(.refusing))
    }

    @Test("nobody before the first probe is due; of two that are due one is the probe, the other waits for it")
    func oneProbe() throws {
        var breaker = openBreaker()
        #expect(breaker.admit("a", now: at(0)) == .refused(until: at(5)))
        #expect(breaker.admit("a", now: at(4.999)) == .refused(until: at(5)))
        _ = try probe(&breaker, "a", 5)
        #expect(breaker.state == .probing)
        // If it fails at once, the next one is due 10 s later.
        #expect(breaker.admit("b", now: at(5)) == .refused(until: at(15)))
        #expect(breaker.admit("b", now: at(400)) == .refused(until: at(401)))
    }

    @Test("a probe that finds it working closes, and everybody passes")
    func closes() throws {
        var breaker = openBreaker()
        let id = try probe(&breaker, "a", 5)
        #expect(breaker.record(.working, probe: id, startedAt: at(5), now: at(6)) == .closed)
        #expect(breaker.state == .closed)
        #expect(breaker.admit("b", now: at(6)) == .pass)
    }

    @Test(
        "a probe that fails, is refused or learns nothing: pauses of 10, 20, 40, 80, 120, 120 s; 5 again after a success",
        arguments: [ProviderStanding.failing, .refusing, .unknown]
    )
    func doubles(_ standing: ProviderStanding) throws {
        var breaker = openBreaker()
        var now = 5.0
        for pause in [10.0, 20, 40, 80, 120, 120, 120] {
            let id = try probe(&breaker, "\(pause) \(now)", now)
            #expect(breaker.record(standing, probe: id, startedAt: at(now), now: at(now)) == .reopened)
            now += pause
            #expect(breaker.nextProbe(now: at(now)) == at(now))
        }
        let id = try probe(&breaker, "last", now)
        _ = breaker.record(.working, probe: id, startedAt: at(now), now: at(now))
        _ = breaker.record(.refusing, probe: nil, startedAt: at(now), now: at(now))
        #expect(breaker.nextProbe(now: at(now)) == at(now + 5))
    }

    @Test("the next probe is another notification than the last, for a second; then the same may go again")
    func another() throws {
        var breaker = openBreaker()
        let first = try probe(&breaker, "a", 5)
        _ = breaker.record(.failing, probe: first, startedAt: at(5), now: at(5))
        var alone = breaker
        #expect(breaker.admit("a", now: at(15)) == .refused(until: at(16)))
        _ = try probe(&breaker, "b", 15)
        #expect(alone.admit("a", now: at(15.999)) == .refused(until: at(16)))
        _ = try probe(&alone, "a", 16)
    }

    @Test("a probe that is given back leaves its turn to the next one, the same notification or another")
    func givenBack() throws {
        for next in ["a", "b"] {
            var breaker = openBreaker()
            let lost = try probe(&breaker, "a", 5)
            breaker.giveBack(lost, now: at(6))
            #expect(breaker.state == .open)
            let id = try probe(&breaker, next, 6)
            #expect(id != lost)
            // Neither a word of the lost one nor a second return of it changes anything.
            #expect(breaker.record(.working, probe: lost, startedAt: at(5), now: at(7)) == nil)
            breaker.giveBack(lost, now: at(7))
            #expect(breaker.state == .probing)
            #expect(breaker.record(.failing, probe: id, startedAt: at(6), now: at(7)) == .reopened)
            // The pause has doubled once, for the one probe that reported.
            #expect(breaker.nextProbe(now: at(7)) == at(17))
        }
    }

    @Test("what was begun before it opened neither closes nor reopens it, nor counts once it is closed again")
    func lateResults() throws {
        var breaker = openBreaker()
        for standing in ProviderStanding.allCases {
            #expect(breaker.record(standing, probe: nil, startedAt: at(-10), now: at(1)) == nil)
        }
        #expect(breaker.nextProbe(now: at(1)) == at(5))
        let id = try probe(&breaker, "a", 5)
        for standing in ProviderStanding.allCases {
            #expect(breaker.record(standing, probe: nil, startedAt: at(-10), now: at(5)) == nil)
        }
        #expect(breaker.state == .probing)
        _ = breaker.record(.working, probe: id, startedAt: at(5), now: at(6))
        for _ in 0..<20 { #expect(breaker.record(.failing, probe: nil, startedAt: at(-1), now: at(7)) == nil) }
        #expect(breaker.record(.refusing, probe: nil, startedAt: at(5.5), now: at(7)) == nil)
        #expect(breaker.record(.refusing, probe: nil, startedAt: at(6), now: at(7)) == .opened(.refusing))
    }

    @Test("the failures that opened it do not count again after it closed")
    func freshWindow() throws {
        var breaker = CircuitBreaker()
        for _ in 0..<10 { _ = breaker.record(.failing, probe: nil, startedAt: start, now: start) }
        let id = try probe(&breaker, "a", 5)
        _ = breaker.record(.working, probe: id, startedAt: at(5), now: at(5))
        for _ in 0..<9 { #expect(breaker.record(.failing, probe: nil, startedAt: at(5), now: at(6)) == nil) }
        #expect(breaker.record(.failing, probe: nil, startedAt: at(5), now: at(6)) != nil)
    }
}
