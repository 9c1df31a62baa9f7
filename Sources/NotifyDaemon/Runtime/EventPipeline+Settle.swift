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

/// What is known of a notification when it settles, for its row.
struct SettleDetails: Sendable {
    var recipientID: String?
    @Boxed var address: DeliveryAddress?
    @Boxed var rendered: RenderedNotification?
    @Boxed var report: SendReport?
    var startedAt: Date?
    var duration = Duration.zero
    /// Of the send, until its outcome is known.
    var span: TelemetrySpan?
    /// When the provider that is waited for may be asked again.
    var providerBack: Duration?
}

extension EventPipeline {
    /// Commits how it ended, then says so in the span and the log.
    func settle(
        _ passage: Passage,
        claim: Claim,
        index: Int,
        outcome: Outcome,
        _ details: SettleDetails? = nil
    ) async throws(PassageFailure) -> DeliveryEnding {
        let settlement = settlement(passage, claim, index, outcome, details)
        enter(.settle, passage, place: index)
        defer { leave(passage, place: index) }
        let (result, batch) = try await persistently { () async throws(DatabaseError) in
            try await parts.log.settles.settle(settlement)
        }
        crashPoint(.settle, passage)
        parts.spans.database("settle event", operation: "UPDATE", batch: batch, in: passage.span)
        guard result == .settled else {
            try await recordLate(settlement, outcome)
            return .claimLost
        }
        report(
            passage,
            eventID: claim.eventID,
            recipientID: settlement.record.recipientID,
            channel: settlement.record.channel,
            outcome: outcome,
            provider: details?.report?.provider,
            attempt: settlement.record.attempts,
            isOnly: claim.notifications.count == 1
        )
        return .settled
    }

    /// Somebody took the claim over while the provider took its time: what it accepted is recorded all the same.
    private func recordLate(_ settlement: NotificationLog.Settlement, _ outcome: Outcome) async throws(PassageFailure) {
        var metadata: Logger.Metadata = [
            "event_id": .string(settlement.claim.eventID), "channel": .string(settlement.record.channel.rawValue),
            "outcome": .string(outcome.status.rawValue),
        ]
        guard outcome.status == .sent, let attempt = settlement.attempt else {
            return parts.logger.notice("claim lost before the settle", metadata: metadata)
        }
        let isSettled = try await persistently { () async throws(DatabaseError) in
            try await parts.log.attempts.recordLate(settlement, attempt)
        }
        metadata["provider"] = .string(attempt.provider)
        parts.logger.warning(
            isSettled ? "uncertain notification was sent after all" : "accepted under a claim that was lost",
            metadata: metadata
        )
    }

    private func settlement(
        _ passage: Passage,
        _ claim: Claim,
        _ index: Int,
        _ outcome: Outcome,
        _ details: SettleDetails?
    ) -> NotificationLog.Settlement {
        let notification = claim.notifications[index]
        var settlement = NotificationLog.Settlement(
            claim: claim,
            index: index,
            state: .settled,
            record: record(passage, notification, outcome, details),
            attempt: details?.report.flatMap { attemptRecord(notification, $0.result, details) },
            stopsAddress: outcome.suppressesAddress
                ? details?.address.map { parts.protector.hash(of: $0.normalized) } : nil,
            countsResend: outcome.countsResend
        )
        switch outcome.next {
        case .done, .release: break
        case .deadLetter: settlement.deadLetter = .failed
        case .reject: settlement.deadLetter = .rejected
        case .retry(let date):
            settlement.state = .parked
            settlement.parking = Parking(
                hold: .due,
                delay: .milliseconds(Int64(max(0, date.timeIntervalSinceNow) * 1000)),
                isWholeEvent: notification.channel == .none
            )
        case .awaitProvider:
            settlement.state = .parked
            settlement.parking = Parking(hold: .breaker, delay: details?.providerBack ?? .zero)
        case .awaitResume:
            settlement.state = .parked
            settlement.parking = Parking(hold: .paused, delay: nil)
        case .awaitOperator:
            settlement.state = .uncertain
            settlement.parking = Parking(hold: .uncertain, delay: nil)
        }
        if settlement.state != .settled || settlement.deadLetter != nil {
            settlement.message = parts.vault.store(parts.spans.carrying(passage.span, in: passage.message))
        }
        return settlement
    }

    private func record(
        _ passage: Passage,
        _ notification: ClaimedNotification,
        _ outcome: Outcome,
        _ details: SettleDetails?
    ) -> AuditRecord {
        var record = AuditRecord(
            channel: notification.channel,
            recipientID: details?.recipientID,
            status: outcome.status,
            attempts: notification.attempts + (outcome.countsAttempt ? 1 : 0),
            receivedAt: passage.message.receivedAt
        )
        record.provider = details?.report?.provider
        record.providerMessageID = outcome.providerMessageID
        if let address = details?.address {
            record.addressMasked = AddressProtector.mask(address.value)
            record.addressHash = parts.protector.hash(of: address.normalized)
        }
        if let rendered = details?.rendered {
            record.templateVersion = rendered.templateVersion
            record.contentSHA256 = ContentDigest.hex(rendered.contentSHA256)
            record.locale = rendered.locale
        }
        record.errorCode = outcome.code
        record.error = outcome.message
        record.traceID = passage.traceID
        return record
    }

    /// The row of one send; nil where nothing was tried, since the provider takes no more at a time.
    func attemptRecord(
        _ notification: ClaimedNotification,
        _ verdict: DeliveryVerdict,
        _ details: SettleDetails?
    ) -> AttemptRecord? {
        guard let details, let report = details.report, let startedAt = details.startedAt else { return nil }
        if case .throttled = verdict { return nil }
        var attempt = AttemptRecord(
            number: notification.attempts + 1,
            startedAt: startedAt,
            duration: details.duration,
            provider: report.provider,
            outcome: verdict.name
        )
        attempt.errorCode = verdict.code
        attempt.error = verdict.detail
        attempt.dns = report.timings.dns
        attempt.connect = report.timings.connect
        attempt.tls = report.timings.tls
        attempt.total = report.timings.total
        return attempt
    }
}

extension DeliveryVerdict {
    /// The word `delivery_attempt.outcome` has for it.
    var name: String {
        switch self {
        case .accepted: "accepted"
        case .transient: "transient"
        case .permanent: "permanent"
        case .stopped: "stopped"
        case .refused: "refused"
        case .uncertain: "uncertain"
        case .abandoned: "abandoned"
        case .throttled: "throttled"
        }
    }
}
