import NotifyTestKit
import Testing

@testable import Broker

@Suite("AckLedger")
struct AckLedgerTests {
    private let start = ContinuousClock.now

    private func ledger(delivered count: UInt64, few: Int = 0) -> AckLedger {
        var ledger = AckLedger(few: few)
        for tag in 1...count { #expect(ledger.delivered(tag) == true) }
        return ledger
    }

    @Test("finished in order: one multiple ack for all")
    func inOrder() {
        var ledger = ledger(delivered: 5)
        for tag in UInt64(1)...3 { #expect(ledger.settle(tag, .acknowledge, now: start) == true) }
        #expect(
            ledger.take(now: start)
                == AckLedger.Batch(frames: [.acknowledge(3, multiple: true)], acknowledged: [1, 2, 3])
        )
        #expect(ledger.inFlightCount == 2)
    }

    @Test("a single finished delivery at the front: a plain ack")
    func single() {
        var ledger = ledger(delivered: 2)
        #expect(ledger.settle(1, .acknowledge, now: start) == true)
        #expect(ledger.take(now: start).frames == [.acknowledge(1, multiple: false)])
    }

    @Test("finished behind one in flight: held back, then acknowledged on its own after the hold")
    func heldBack() {
        var ledger = ledger(delivered: 3)
        #expect(ledger.settle(2, .acknowledge, now: start) == true)
        #expect(ledger.take(now: start).frames.isEmpty)
        #expect(ledger.deadline == start + AckLedger.hold)
        #expect(ledger.take(now: start + AckLedger.hold - .nanoseconds(1)).frames.isEmpty)
        #expect(ledger.take(now: start + AckLedger.hold).frames == [.acknowledge(2, multiple: false)])
        #expect(ledger.deadline == nil)
    }

    @Test("the slow delivery finishes within the hold: one frame covers it and those behind it")
    func heldBackThenCovered() {
        var ledger = ledger(delivered: 3)
        #expect(ledger.settle(2, .acknowledge, now: start) == true)
        #expect(ledger.settle(3, .acknowledge, now: start) == true)
        #expect(ledger.take(now: start).frames.isEmpty)
        #expect(ledger.settle(1, .acknowledge, now: start + AckLedger.hold - .nanoseconds(1)) == true)
        #expect(ledger.take(now: start + AckLedger.hold - .nanoseconds(1)).frames == [.acknowledge(3, multiple: true)])
        #expect(ledger.deadline == nil)
    }

    @Test("few in hand: nothing is held back, and one more changes that", arguments: [(4, true), (3, false)])
    func fewInHand(few: Int, isWrittenAtOnce: Bool) {
        var ledger = ledger(delivered: 4, few: few)
        #expect(ledger.settle(2, .acknowledge, now: start) == true)
        #expect(ledger.take(now: start).frames == (isWrittenAtOnce ? [.acknowledge(2, multiple: false)] : []))
        #expect(ledger.deadline == (isWrittenAtOnce ? nil : start + AckLedger.hold))
        #expect(ledger.inFlightCount == 3)
    }

    @Test("held back, and few by now: goes out with the next turn, whatever the deadline was")
    func fewByNow() {
        var ledger = ledger(delivered: 4, few: 3)
        #expect(ledger.settle(3, .acknowledge, now: start) == true)
        #expect(ledger.take(now: start).frames.isEmpty)
        #expect(ledger.settle(1, .acknowledge, now: start) == true)
        #expect(
            ledger.take(now: start).frames == [.acknowledge(1, multiple: false), .acknowledge(3, multiple: false)]
        )
        #expect(ledger.deadline == nil)
    }

    @Test("a multiple ack never carries a tag that was acknowledged on its own before")
    func ownTagStillUnsettled() {
        var ledger = ledger(delivered: 2)
        #expect(ledger.settle(2, .acknowledge, now: start) == true)
        _ = ledger.take(now: start)
        #expect(ledger.take(now: start + AckLedger.hold).frames == [.acknowledge(2, multiple: false)])
        #expect(ledger.settle(1, .acknowledge, now: start + .milliseconds(30)) == true)
        #expect(ledger.take(now: start + .milliseconds(30)).frames == [.acknowledge(1, multiple: false)])
    }

    @Test("rejects go first and one by one, and the ack after them does not name a rejected tag")
    func rejects() {
        var ledger = ledger(delivered: 3)
        #expect(ledger.settle(3, .reject(requeue: false), now: start) == true)
        #expect(ledger.settle(1, .acknowledge, now: start) == true)
        #expect(ledger.settle(2, .acknowledge, now: start) == true)
        let batch = ledger.take(now: start)
        #expect(batch.frames == [.reject(3, multiple: false, requeue: false), .acknowledge(2, multiple: true)])
        #expect(batch.acknowledged == [1, 2])
    }

    @Test("settled twice, or never delivered: refused, and no frame comes of it")
    func settledOnce() {
        var ledger = ledger(delivered: 1)
        #expect(ledger.settle(7, .acknowledge, now: start) == false)
        #expect(ledger.settle(1, .acknowledge, now: start) == true)
        #expect(ledger.settle(1, .reject(requeue: true), now: start) == false)
        _ = ledger.take(now: start)
        #expect(ledger.settle(1, .acknowledge, now: start) == false)
        #expect(ledger.take(now: start).frames.isEmpty)
    }

    @Test("a tag that does not rise: refused")
    func risingTags() {
        var ledger = ledger(delivered: 2)
        #expect(ledger.delivered(2) == false)
    }

    @Test("the end: what is settled goes out as it was, the rest back to its queue in one frame")
    func takeAll() {
        var ledger = ledger(delivered: 6)
        #expect(ledger.settle(1, .acknowledge, now: start) == true)
        #expect(ledger.settle(3, .acknowledge, now: start) == true)
        #expect(ledger.settle(4, .reject(requeue: false), now: start) == true)
        #expect(
            ledger.takeAll().frames == [
                .reject(4, multiple: false, requeue: false),
                .acknowledge(1, multiple: false),
                .acknowledge(3, multiple: false),
                .reject(6, multiple: true, requeue: true),
            ]
        )
        #expect(ledger.inFlightCount == 0)
    }

    @Test("any order of completion: the broker never closes the channel, and each is settled as was said, in time")
    func randomOrders() throws {
        for seed in UInt64(0)..<3000 {
            var random = SeededRandom(seed: seed)
            let few = [0, AckLedger.few].randomElement(using: &random) ?? 0
            var run = RandomRun(start: start, prefetch: Int.random(in: 1...40, using: &random), few: few)
            for _ in 0..<Int.random(in: 1...80, using: &random) { run.step(using: &random) }
            run.end(finishing: Bool.random(using: &random), using: &random)
            try #require(run.problem == nil, "seed \(seed): \(run.problem ?? "")")
        }
    }
}

/// One life of a channel with random deliveries, settlements and turns of the clock.
private struct RandomRun {
    private var ledger: AckLedger
    private var model = AckModel()
    private var now: ContinuousClock.Instant
    private let prefetch: Int
    private var inFlight: [UInt64] = []
    private var said: [UInt64: Settlement] = [:]
    private var saidAt: [UInt64: ContinuousClock.Instant] = [:]
    private(set) var problem: String?

    init(start: ContinuousClock.Instant, prefetch: Int, few: Int) {
        now = start
        ledger = AckLedger(few: few)
        self.prefetch = prefetch
    }

    mutating func step(using random: inout SeededRandom) {
        while model.unsettled.count < prefetch, Bool.random(using: &random) {
            let tag = model.deliver()
            if !ledger.delivered(tag) { problem = "delivery \(tag) refused" }
            inFlight.append(tag)
        }
        while let tag = inFlight.randomElement(using: &random), Int.random(in: 0..<3, using: &random) > 0 {
            settle(tag, using: &random)
        }
        now += .milliseconds(Int.random(in: 0...15, using: &random))
        write(ledger.take(now: now))
        // In time: nothing acknowledged waits longer than the hold.
        for tag in model.unsettled where said[tag] == .acknowledge {
            if let at = saidAt[tag], now - at >= AckLedger.hold { problem = "\(tag) was held back too long" }
        }
        for tag in model.unsettled {
            if case .reject = said[tag] { problem = "the reject of \(tag) was held back" }
        }
    }

    mutating func end(finishing: Bool, using random: inout SeededRandom) {
        if finishing { while let tag = inFlight.randomElement(using: &random) { settle(tag, using: &random) } }
        let left = Set(inFlight)
        write(ledger.takeAll())
        if !model.unsettled.isEmpty { problem = "unsettled at the end: \(model.unsettled)" }
        for (tag, settlement) in said {
            let isRight =
                switch settlement {
                case .acknowledge: model.acknowledged.contains(tag)
                case .reject(requeue: true): model.requeued.contains(tag)
                case .reject(requeue: false): model.deadLettered.contains(tag)
                }
            if !isRight { problem = "\(tag) was to be \(settlement)" }
        }
        if !left.isSubset(of: model.requeued) { problem = "what was in flight did not go back" }
    }

    private mutating func settle(_ tag: UInt64, using random: inout SeededRandom) {
        inFlight.removeAll { $0 == tag }
        let settlement: Settlement =
            Int.random(in: 0..<8, using: &random) == 0
            ? .reject(requeue: Bool.random(using: &random)) : .acknowledge
        said[tag] = settlement
        saidAt[tag] = now
        if !ledger.settle(tag, settlement, now: now) { problem = "the settlement of \(tag) was refused" }
    }

    private mutating func write(_ batch: AckLedger.Batch) {
        let before = model.acknowledged
        for frame in batch.frames { model.take(frame) }
        if let closed = model.closed { problem = closed }
        let acknowledged = model.acknowledged.subtracting(before)
        if acknowledged != Set(batch.acknowledged) {
            problem = "acknowledged \(acknowledged), said \(batch.acknowledged)"
        }
    }
}
