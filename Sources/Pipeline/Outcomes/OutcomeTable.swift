import DomainEvents
import FoundationEssentials

extension Outcome {
    /// The one table from what came of an attempt to what becomes of the notification.
    ///
    /// Also for what fails for now before a send: `contact.unknown` and `type.unknown` are `.transient`.
    /// - Parameters:
    ///   - attempt: the one that ended, counted from 1 since the retry schedule (re)started.
    ///   - now: when it ended.
    public static func after(
        _ verdict: DeliveryVerdict,
        attempt: Int,
        schedule: RetrySchedule,
        uncertainPolicy: NotificationDefinition.UncertainPolicy,
        now: Date,
        using random: inout some RandomNumberGenerator
    ) -> Outcome {
        switch verdict {
        case .accepted(let providerMessageID):
            return Outcome(status: .sent, next: .done, countsAttempt: true, providerMessageID: providerMessageID)
        case .transient(let code, let detail, let retryAfter):
            var outcome = Outcome(
                status: .retrying,
                code: code,
                message: detail,
                next: .deadLetter,
                countsAttempt: true
            )
            outcome.schedule(
                schedule.next(afterAttempt: attempt, endedAt: now, retryAfter: retryAfter, using: &random)
            )
            return outcome
        case .permanent(let code, let detail):
            return Outcome(status: .failed, code: code, message: detail, next: .deadLetter, countsAttempt: true)
        case .stopped(let code, let detail):
            return Outcome(
                status: .suppressed,
                code: code,
                message: detail,
                next: .done,
                countsAttempt: true,
                suppressesAddress: true
            )
        case .refused(let code, let detail):
            return Outcome(status: .retrying, code: code, message: detail, next: .awaitProvider)
        case .uncertain(let code, let detail):
            switch uncertainPolicy {
            case .hold:
                return Outcome(
                    status: .uncertain,
                    code: code,
                    message: detail,
                    next: .awaitOperator,
                    countsAttempt: true
                )
            case .resend:
                var outcome = Outcome(
                    status: .retrying,
                    code: code,
                    message: detail,
                    next: .deadLetter,
                    countsAttempt: true
                )
                outcome.schedule(schedule.next(afterAttempt: attempt, endedAt: now, using: &random))
                // Only a send that follows is a resend.
                outcome.countsResend = outcome.dueAt != nil
                return outcome
            }
        case .abandoned:
            return Outcome(status: .retrying, next: .release)
        case .throttled(let code, let detail):
            let pause = RetrySchedule(delays: [Self.pauseAfterThrottling])
            var outcome = Outcome(status: .retrying, code: code, message: detail, next: .release)
            outcome.schedule(pause.next(afterAttempt: 1, endedAt: now, using: &random))
            return outcome
        }
    }

    /// Long enough for a session of the pool to come free, short enough not to be noticed.
    private static let pauseAfterThrottling = Duration.seconds(1)

    private mutating func schedule(_ upcoming: RetrySchedule.Next) {
        switch upcoming {
        case .due(let date):
            status = .retrying
            next = .retry(at: date)
        case .exhausted:
            status = .failed
            next = .deadLetter
        }
    }
}
