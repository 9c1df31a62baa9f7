import Database
import DomainEvents
import FoundationEssentials

/// Records sends that no settle of their own can record: before a failover, and answers that came too late.
public struct AttemptStore: Sendable {
    private let lane: DatabaseLane

    public init(lane: DatabaseLane) {
        self.lane = lane
    }

    /// Adds a send that failed, before another provider is asked within the same attempt.
    public func append(_ attempt: AttemptRecord, of notification: UUID) async throws(DatabaseError) {
        _ = try await lane.runUntilCommitted([
            Self.insert(attempt, of: notification)
        ])
    }

    /// Records an acceptance that arrived under a lost claim: an uncertain notification is sent after all.
    ///
    /// - Returns: whether the notification was uncertain and is settled now; otherwise only the attempt is added.
    public func recordLate(_ settlement: Settlement, _ attempt: AttemptRecord) async throws(DatabaseError) -> Bool {
        let sql = """
            WITH held AS (
                UPDATE event SET states[$3] = 'settled' WHERE event_type = $1 AND dedupe_key = $2
                    AND states[$3] = 'uncertain' AND notification_ids[$3] = $4
                RETURNING created_at
            ), logged AS (
                UPDATE notification_log l SET status = 'sent', provider = $5, provider_message_id = $6,
                    error_code = NULL, error = NULL, sent_at = clock_timestamp(), updated_at = clock_timestamp()
                FROM held h WHERE l.id = $4 AND l.created_at = h.created_at
            ), unparked AS (
                DELETE FROM parked USING held h WHERE notification_id = $4
            )
            SELECT count(*) FROM held
            """
        let parameters: [SQLValue] =
            settlement.claim.key.parameters + [
                .integer(Int64(settlement.index + 1)), .uuid(settlement.notification.id), .text(attempt.provider),
                .optional(settlement.record.providerMessageID),
            ]
        let statements = [Statement(sql, parameters), Self.insert(attempt, of: settlement.notification.id)]
        return try await lane.runUntilCommitted(statements)[0].rows[0].integer(0) > 0
    }

    private static func insert(_ attempt: AttemptRecord, of notification: UUID) -> Statement {
        let sql = """
            INSERT INTO delivery_attempt (notification_id, attempt, started_at, duration_ms, provider, outcome,
                error_code, error, dns_ms, connect_ms, tls_ms, total_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING
            """
        let parameters: [SQLValue] = [
            .uuid(notification), .integer(Int64(attempt.number)), .timestamp(attempt.startedAt),
            .double(attempt.duration.milliseconds),
            .text(attempt.provider), .text(attempt.outcome), .optional(attempt.errorCode?.rawValue),
            .optional(attempt.error), milliseconds(attempt.dns), milliseconds(attempt.connect),
            milliseconds(attempt.tls), milliseconds(attempt.total),
        ]
        return Statement(sql, parameters)
    }

    private static func milliseconds(_ duration: Duration?) -> SQLValue {
        duration.map { .double($0.milliseconds) } ?? .null
    }
}
