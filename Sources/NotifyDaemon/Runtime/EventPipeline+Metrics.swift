import DomainEvents
import NotificationLog
import Pipeline
import Senders
import Transfer

extension EventPipeline {
    /// How long it took, for the metrics.
    func count(_ passage: Passage, _ underway: Underway) {
        let duration = passage.received.duration(to: .now)
        for channel in underway.settled { parts.metrics.took(duration, channel: channel) }
        if passage.delivery != nil {
            parts.metrics.processed(eventType: passage.message.routingKey, took: duration, error: underway.failure)
        }
        parts.metrics.inFlight(passages.count)
    }

    /// One of its notifications was settled.
    func settled(_ passage: Passage, _ channel: LogChannel, _ outcome: Outcome) {
        passages[passage.number]?.settled.append(channel)
        parts.metrics.settled(eventType: passage.message.routingKey, channel: channel, outcome: outcome.status)
        guard let code = outcome.code else { return }
        if outcome.isFailure { passages[passage.number]?.failure = code }
        switch outcome.next {
        case .retry, .awaitProvider, .awaitResume: parts.metrics.retried(channel: channel, reason: code)
        case .deadLetter: parts.metrics.deadLettered(channel: channel, reason: code)
        // Without a claim the broker dead-letters it, and the collector counts it.
        case .reject where passage.claim != nil: parts.metrics.deadLettered(channel: channel, reason: code)
        case .reject, .done, .awaitOperator, .release: break
        }
    }

    /// Only what was really sent, or tried.
    func count(_ report: SendReport) {
        let failure: ErrorCode?
        switch report.result {
        case .abandoned, .throttled: return
        case .accepted, .permanent, .stopped: failure = nil
        case .uncertain(let code, _): failure = code
        // A mailbox that is full is no fault of the provider's.
        case .transient(let code, _, _), .refused(let code, _):
            failure = report.standing == .failing || report.standing == .refusing ? code : nil
        }
        parts.metrics.sent(
            provider: report.provider,
            total: report.timings.total,
            dns: report.timings.dns,
            failure: failure
        )
    }
}

extension Outcome {
    /// Whether it is not what was wanted, now or for good.
    var isFailure: Bool { [.failed, .rejected, .retrying, .uncertain].contains(status) }
}
