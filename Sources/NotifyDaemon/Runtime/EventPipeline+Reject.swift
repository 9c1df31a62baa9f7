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
    /// Poison: its row, then nack without requeue; one that was parked goes to `dead_letter` in its settle's commit.
    func reject(_ passage: Passage, _ rejection: EventRejection) async throws(PassageFailure) -> Disposition {
        let outcome = Outcome.rejected(rejection)
        if let claim = passage.claim {
            for index in claim.notifications.indices where claim.notifications[index].state == .open {
                _ = try await settle(passage, claim: claim, index: index, outcome: outcome)
            }
            return .acknowledge
        }
        let message = passage.message
        let record = Rejection(
            key: EventKey(
                eventType: message.routingKey,
                dedupeKey: EventIdentity.rejectedKey(
                    eventID: rejection.eventID,
                    routingKey: message.routingKey,
                    body: message.body
                )
            ),
            notificationID: UUIDv7.generate(),
            eventID: rejection.eventID ?? UUIDv7.generate().uuidString.lowercased(),
            status: .rejected,
            code: rejection.code,
            message: rejection.message,
            traceID: passage.traceID,
            receivedAt: message.receivedAt
        )
        let isNew = try await persistently { () async throws(DatabaseError) in
            try await parts.log.rejections.record(record)
        }
        if isNew {
            report(passage, eventID: record.eventID, recipientID: nil, channel: .none, outcome: outcome, attempt: 0)
        } else {
            sayRejectedBefore(passage, eventID: record.eventID, outcome)
        }
        return .deadLetter
    }
}
