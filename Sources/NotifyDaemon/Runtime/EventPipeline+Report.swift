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
import Transfer

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
        metadata.reserveCapacity(16)
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
        // One line at `info` per notification: what goes on later gets its line then.
        let isFinal = ![.retrying, .paused].contains(outcome.status)
        parts.logger.log(
            level: isFinal ? .info : .debug,
            "notification \(outcome.status.rawValue)",
            metadata: metadata
        )
    }

    /// Poison seen again: it has its row, its line and its place in the metrics; its span has to say how it ended.
    func sayRejectedBefore(_ passage: Passage, eventID: String, _ outcome: Outcome) {
        passage.span.set(SemanticConventions.notifydChannel, .string(LogChannel.none.rawValue))
        passage.span.set(SemanticConventions.notifydOutcome, .string(outcome.status.rawValue))
        passage.span.set(SemanticConventions.notifydAttempt, .integer(0))
        passages[passage.number]?.failure = outcome.code
        if let code = outcome.code { passage.span.fail(code.rawValue, message: outcome.message) }
        var metadata = passage.span.spanContext.logMetadata
        metadata["event_id"] = .string(eventID)
        metadata["event_type"] = .string(passage.message.routingKey)
        metadata["error_code"] = outcome.code.map { .string($0.rawValue) }
        parts.logger.debug("rejected before", metadata: metadata)
    }

    func sayReceived(_ message: IncomingMessage, _ source: Passage.Source) {
        var metadata: Logger.Metadata = [
            "event_type": .string(message.routingKey), "bytes": .stringConvertible(message.bodySize),
            "redelivered": .stringConvertible(message.redelivered),
        ]
        metadata["event_id"] = message.messageID.map { .string($0) }
        if case .parked(let claim) = source { metadata["event_id"] = .string(claim.eventID) }
        parts.logger.debug("received", metadata: metadata)
    }

    /// A publisher that names another type than the routing key is heard, and refused nothing.
    func sayDeclaredType(of event: DomainEvent, _ passage: Passage) {
        guard let declared = event.declaredType else { return }
        passage.span.set(SemanticConventions.notifydDeclaredType, .string(declared))
        var metadata = passage.span.spanContext.logMetadata
        metadata["event_id"] = event.eventID.map { .string($0) }
        metadata["event_type"] = .string(event.type)
        metadata["declared_type"] = .string(declared)
        parts.logger.debug("declared type differs", metadata: metadata)
    }

    /// What one send came to, in the words of the provider's own component.
    func sayAnswered(_ report: SendReport, _ eventID: String, after duration: Duration) {
        let logger = parts.providers.logger(of: report.provider)
        guard logger.logLevel <= .debug else { return }
        var metadata: Logger.Metadata = [
            "event_id": .string(eventID), "provider": .string(report.provider), "outcome": .string(report.result.name),
            "duration_ms": .stringConvertible(rounded(duration.milliseconds)),
        ]
        metadata["error_code"] = report.result.code.map { .string($0.rawValue) }
        metadata["error"] = report.result.detail.map { .string($0) }
        let timings = report.timings
        for (name, phase) in [("dns_ms", timings.dns), ("connect_ms", timings.connect), ("tls_ms", timings.tls)] {
            metadata[name] = .stringConvertible(rounded(phase.milliseconds))
        }
        logger.debug("provider answered", metadata: metadata)
    }

    /// A provider that fails one message after another is no news each time.
    func sayFailedOver(_ report: SendReport, to next: any Sender, _ eventID: String) {
        var metadata: Logger.Metadata = [
            "event_id": .string(eventID), "channel": .string(next.channel.rawValue),
            "provider": .string(report.provider), "next_provider": .string(next.name),
            "error_code": .string(report.result.code?.rawValue ?? ""), "error": .string(report.result.detail ?? ""),
        ]
        let reason = report.result.code?.rawValue ?? ""
        let fresh = RepeatedFailure(forgetsAfter: RepeatedFailure.interval)
        let count = failovers[report.provider, default: fresh].shouldReport(reason, now: .now)
        metadata["failures"] = count.map { .stringConvertible($0) }
        parts.logger.log(level: count == nil ? .debug : .warning, "failed over", metadata: metadata)
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
