import FoundationEssentials

/// When a notification that failed for now is tried again, and when no more.
public struct RetrySchedule: Sendable, Equatable {
    /// The pause after the first attempt, after the second, …; attempts are one more than these.
    public var delays: [Duration]

    public init(delays: [Duration] = [.seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(3600)]) {
        self.delays = delays
    }

    public enum Next: Sendable, Equatable {
        case due(Date)
        case exhausted
    }

    public var maximumAttempts: Int { delays.count + 1 }

    /// A server that asks for more patience than this is not believed: the body would be parked for nobody.
    public static let longestRetryAfter = Duration.seconds(24 * 3600)

    /// Attempt k ≥ 2 is due `delays[k - 2]` times a factor in [1, 1.5) after attempt k - 1 ended, or at `retryAfter`
    /// where that is later. The factor spreads what failed together.
    ///
    /// - Parameter attempt: the one that ended, counted from 1 since the schedule (re)started.
    public func next(
        afterAttempt attempt: Int,
        endedAt: Date,
        retryAfter: Duration? = nil,
        using random: inout some RandomNumberGenerator
    ) -> Next {
        guard attempt >= 1, attempt <= delays.count else { return .exhausted }
        let pause = delays[attempt - 1].seconds * Double.random(in: 1..<1.5, using: &random)
        let asked = min(retryAfter ?? .zero, Self.longestRetryAfter).seconds
        return .due(endedAt.addingTimeInterval(max(pause, asked)))
    }
}

extension Duration {
    /// Seconds, with what a `Date` can hold of their fraction.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
