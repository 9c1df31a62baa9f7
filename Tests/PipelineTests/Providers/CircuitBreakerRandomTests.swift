import NotifyTestKit
import Testing

@testable import Pipeline

/// Random courses of one breaker, checked against what must hold whatever happens.
@Suite("Circuit breaker, at random")
struct CircuitBreakerRandomTests {
    /// What a caller can know without looking into the breaker.
    private struct Watcher {
        var openSince: Double?
        var outstanding: (id: CircuitBreaker.ProbeID, notification: String)?
        var failedProbes = 0
        var nextProbe = 0.0
        var lastProbed: String?

        var isOpen: Bool { openSince != nil }

        static func pause(_ failedProbes: Int) -> Double { min(5 * Double(1 << min(failedProbes, 10)), 120) }
    }

    @Test(
        "one probe at a time, never before its pause, never for good without one; passes exactly while it is closed",
        arguments: 0..<40 as Range<UInt64>
    )
    func course(seed: UInt64) {
        let start = ContinuousClock.now
        var random = SeededRandom(seed: seed)
        var breaker = CircuitBreaker()
        var watcher = Watcher()
        var now = 0.0
        var inFlight: [(startedAt: Double, number: Int)] = []
        for number in 0..<1000 {
            now += [0, 0.001, 0.1, 1, 7].randomElement(using: &random) ?? 0
            let instant = start.advanced(by: .seconds(now))
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let notification = "n\(Int.random(in: 0..<3, using: &random))"
                admit(notification, &breaker, &watcher, now, start)
                if !watcher.isOpen { inFlight.append((now, number)) }
            case 2 where !inFlight.isEmpty:
                let send = inFlight.remove(at: Int.random(in: 0..<inFlight.count, using: &random))
                let standing = ProviderStanding.allCases.randomElement(using: &random) ?? .unknown
                let startedAt = start.advanced(by: .seconds(send.startedAt))
                let change = breaker.record(standing, probe: nil, startedAt: startedAt, now: instant)
                switch change {
                case .opened(.refusing): #expect(standing == .refusing && !watcher.isOpen)
                case .opened(.failing(let failures, let results)):
                    #expect(standing == .failing && !watcher.isOpen && results >= 10 && failures * 2 >= results)
                case .reopened, .closed: Issue.record("a send that was no probe said \(standing)")
                case nil: break
                }
                if change != nil { watcher = Watcher(openSince: now, nextProbe: now + 5) }
            default:
                guard let probe = watcher.outstanding else { continue }
                watcher.outstanding = nil
                guard Bool.random(using: &random) else {
                    breaker.giveBack(probe.id, now: instant)
                    (watcher.nextProbe, watcher.lastProbed) = (now, nil)
                    continue
                }
                let standing = ProviderStanding.allCases.randomElement(using: &random) ?? .unknown
                let change = breaker.record(standing, probe: probe.id, startedAt: instant, now: instant)
                #expect(change == (standing == .working ? .closed : .reopened))
                if standing == .working {
                    watcher = Watcher()
                } else {
                    watcher.failedProbes += 1
                    watcher.nextProbe = now + Watcher.pause(watcher.failedProbes)
                }
            }
            #expect((breaker.state == .closed) == !watcher.isOpen)
            #expect((breaker.state == .probing) == (watcher.outstanding != nil))
        }
    }

    private func admit(
        _ notification: String,
        _ breaker: inout CircuitBreaker,
        _ watcher: inout Watcher,
        _ now: Double,
        _ start: ContinuousClock.Instant
    ) {
        switch breaker.admit(notification, now: start.advanced(by: .seconds(now))) {
        case .pass:
            #expect(!watcher.isOpen)
        case .probe(let id):
            #expect(watcher.isOpen && watcher.outstanding == nil)
            #expect(now >= watcher.nextProbe - 0.000_001)
            if notification == watcher.lastProbed { #expect(now >= watcher.nextProbe + 0.999_999) }
            watcher.outstanding = (id, notification)
            watcher.lastProbed = notification
        case .refused(let until):
            #expect(watcher.isOpen)
            #expect(until > start.advanced(by: .seconds(now)))
            // With no probe out it is refused before its time only: nobody starves.
            if watcher.outstanding == nil {
                #expect(now < watcher.nextProbe + (notification == watcher.lastProbed ? 1 : 0))
            }
        }
    }
}
