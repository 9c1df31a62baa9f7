import FoundationEssentials
import Testing

@testable import Pipeline

/// Gives the same bits again and again: 0 is the lower end of every range, `nearlyOne` the upper.
struct FixedRandom: RandomNumberGenerator {
    var bits: UInt64
    mutating func next() -> UInt64 { bits }

    /// All ones would round up to the end of a half-open range, for which the standard library draws again: for ever.
    static let nearlyOne = UInt64.max << 40
}

@Suite("Retry schedule")
struct RetryScheduleTests {
    private let ended = Date(timeIntervalSince1970: 1_795_000_000)
    private let schedule = RetrySchedule(delays: [.seconds(5), .seconds(30), .seconds(120)])

    private func pause(after attempt: Int, bits: UInt64 = 0, retryAfter: Duration? = nil) throws -> Double {
        var random = FixedRandom(bits: bits)
        let next = schedule.next(afterAttempt: attempt, endedAt: ended, retryAfter: retryAfter, using: &random)
        guard case .due(let date) = next else { throw NotDue() }
        return date.timeIntervalSince(ended)
    }

    private struct NotDue: Error {}

    @Test("attempt k is due delays[k - 2] after attempt k - 1", arguments: [(1, 5.0), (2, 30), (3, 120)])
    func delays(attempt: Int, seconds: Double) throws {
        #expect(try pause(after: attempt) == seconds)
    }

    @Test("the factor stays in [1, 1.5)")
    func jitter() throws {
        let longest = try pause(after: 2, bits: FixedRandom.nearlyOne)
        #expect(longest > 44.9)
        #expect(longest < 45)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<1000 {
            guard case .due(let date) = schedule.next(afterAttempt: 1, endedAt: ended, using: &random) else {
                Issue.record("not due")
                return
            }
            #expect((5..<7.5).contains(date.timeIntervalSince(ended)))
        }
    }

    @Test("after the last attempt nothing is due", arguments: [4, 5, 100])
    func exhausted(attempt: Int) {
        var random = FixedRandom(bits: 0)
        #expect(schedule.maximumAttempts == 4)
        #expect(schedule.next(afterAttempt: attempt, endedAt: ended, using: &random) == .exhausted)
    }

    @Test("Retry-After counts where it is later, up to a day")
    func retryAfter() throws {
        #expect(try pause(after: 1, retryAfter: .seconds(60)) == 60)
        #expect(try pause(after: 1, retryAfter: .seconds(2)) == 5)
        #expect(try pause(after: 1, retryAfter: .seconds(-10)) == 5)
        #expect(try pause(after: 1, retryAfter: .seconds(1_000_000_000)) == 86_400)
    }

    @Test("without delays the first attempt is the last")
    func noDelays() {
        var random = FixedRandom(bits: 0)
        #expect(RetrySchedule(delays: []).next(afterAttempt: 1, endedAt: ended, using: &random) == .exhausted)
    }
}
