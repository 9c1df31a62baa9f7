import Broker
import Database
import DomainEvents
import FoundationEssentials
import Logging
import NotificationLog
import Pipeline
import Reactor
import Senders
import Telemetry
import Tracing

extension EventPipeline {
    /// The one log line of a notification that was settled, and the outcome on its span.
    func report(
        _ passage: Passage,
        eventID: String,
        recipientID: String?,
        channel: LogChannel,
        outcome: Outcome,
        provider: String? = nil,
        attempt: Int,
        isOnly: Bool = true
    ) {
        if isOnly {
            passage.span.set(SemanticConventions.notifydChannel, .string(channel.rawValue))
            passage.span.set(SemanticConventions.notifydOutcome, .string(outcome.status.rawValue))
            passage.span.set(SemanticConventions.notifydAttempt, .integer(Int64(attempt)))
        }
        settled(passage, channel, outcome)
        if let code = outcome.code, outcome.isFailure {
            passage.span.fail(code.rawValue, message: outcome.message)
        }
        var metadata = passage.span.spanContext.logMetadata
        metadata["event_id"] = .string(eventID)
        metadata["event_type"] = .string(passage.message.routingKey)
        metadata["recipient_id"] = recipientID.map { .string($0) }
        metadata["channel"] = .string(channel.rawValue)
        metadata["provider"] = provider.map { .string($0) }
        metadata["attempt"] = .stringConvertible(attempt)
        metadata["outcome"] = .string(outcome.status.rawValue)
        metadata["duration_ms"] = .stringConvertible(rounded((ContinuousClock.now - passage.received).milliseconds))
        metadata["queue_ms"] = queueTime(of: passage.message).map { .stringConvertible(rounded($0)) }
        metadata["error_code"] = outcome.code.map { .string($0.rawValue) }
        metadata["error"] = outcome.message.map { .string($0) }
        parts.logger.info("notification \(outcome.status.rawValue)", metadata: metadata)
    }

    /// From publishing to receipt, where the publisher gave milliseconds; clocks that disagree give 0, not less.
    private func queueTime(of message: IncomingMessage) -> Double? {
        guard let text = message.headers["timestamp_in_ms"], let published = Double(text), published > 0 else {
            return nil
        }
        return max(0, message.receivedAt.timeIntervalSince1970 * 1000 - published)
    }

    private func rounded(_ milliseconds: Double) -> Double {
        (milliseconds * 1000).rounded() / 1000
    }
}
