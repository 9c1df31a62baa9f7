import Testing

@testable import Senders

@Suite("Rate of messages")
struct TokenBucketTests {
    private let start = ContinuousClock.now

    @Test("the first goes at once, the others one interval apart")
    func spreads() throws {
        var bucket = try #require(TokenBucket(rate: 4))
        let waits = (0..<4).map { _ in bucket.take(now: start, waitingAtMost: .seconds(30)) }
        #expect(waits == [.zero, .milliseconds(250), .milliseconds(500), .milliseconds(750)])
    }

    @Test("time without messages is not saved up")
    func savesNothing() throws {
        var bucket = try #require(TokenBucket(rate: 1))
        _ = bucket.take(now: start, waitingAtMost: .zero)
        let later = start.advanced(by: .seconds(100))
        #expect(bucket.take(now: later, waitingAtMost: .zero) == .zero)
        #expect(bucket.take(now: later, waitingAtMost: .seconds(5)) == .seconds(1))
    }

    @Test("who would wait too long takes no place")
    func refusesLongWait() throws {
        var bucket = try #require(TokenBucket(rate: 0.5))
        _ = bucket.take(now: start, waitingAtMost: .zero)
        #expect(bucket.take(now: start, waitingAtMost: .seconds(1)) == nil)
        #expect(bucket.take(now: start, waitingAtMost: .seconds(2)) == .seconds(2))
    }

    @Test("a rate set anew, even to the same, does not give the places away again that others wait for")
    func changes() throws {
        var bucket = try #require(TokenBucket(rate: 1))
        for _ in 0..<5 { _ = bucket.take(now: start, waitingAtMost: .seconds(30)) }
        for rate in [1.0, 100] {
            let changed = TokenBucket(rate: rate, after: bucket)
            var next = try #require(changed)
            #expect(next.take(now: start, waitingAtMost: .seconds(30)) == .seconds(5))
        }
    }

    @Test("a rate that is none makes no bucket", arguments: [0, -1, .infinity, .nan, 2_000_000])
    func noRate(_ rate: Double) {
        #expect(TokenBucket(rate: rate) == nil)
    }
}
