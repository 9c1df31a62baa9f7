import Database
import DomainEvents
import FoundationEssentials
import Pipeline

/// A message that cannot become a notification: its one row in the log.
public struct Rejection: Sendable {
    public var key: EventKey
    public var notificationID: UUID
    public var eventID: String
    public var status: NotificationStatus
    public var code: ErrorCode
    /// One line without values from the event.
    public var message: String
    public var traceID: String?
    public var receivedAt: Date

    public init(
        key: EventKey,
        notificationID: UUID,
        eventID: String,
        status: NotificationStatus,
        code: ErrorCode,
        message: String,
        traceID: String?,
        receivedAt: Date
    ) {
        self.key = key
        self.notificationID = notificationID
        self.eventID = eventID
        self.status = status
        self.code = code
        self.message = message
        self.traceID = traceID
        self.receivedAt = receivedAt
    }
}

/// Records poison, and moves what the broker dead-lettered into `dead_letter`; the same message twice is there once.
public struct RejectionStore: Sendable {
    private let lane: DatabaseLane

    public init(lane: DatabaseLane) {
        self.lane = lane
    }

    /// Writes the row unless the same message has one.
    ///
    /// - Returns: false when it had.
    public func record(_ rejection: Rejection) async throws(DatabaseError) -> Bool {
        let table = try await lane.runUntilCommitted([Statement(Self.insertRow, Self.parameters(rejection))])[0]
        return try table.rows[0].integer(0) > 0
    }

    /// Stores a dead-lettered message of which the log says why it was rejected.
    ///
    /// - Parameter fallback: used where no row tells the reason (nacked by another program, or the row is gone).
    public func bury(
        _ message: StoredMessage,
        rejectedAs key: EventKey,
        eventID: String?,
        fallback: ErrorCode
    ) async throws(DatabaseError) {
        let sql = """
            INSERT INTO dead_letter (notification_id, event_id, event_type, dedupe_key, channel, reason, error_code,
                body, headers, subject)
            SELECT l.id, coalesce(l.event_id, $3), $1, $2, 'none', 'rejected', coalesce(l.error_code, $4), $5, $6,
                'message:' || $1 || '/' || $2 || '/' || encode(sha256($5), 'hex')
            FROM (SELECT 1) AS always
            LEFT JOIN event e ON e.event_type = $1 AND e.dedupe_key = $2
            LEFT JOIN notification_log l ON l.id = e.notification_ids[1] AND l.created_at = e.created_at
            ON CONFLICT (subject) DO UPDATE SET died_at = now(), replayed_at = NULL
            """
        let parameters: [SQLValue] =
            key.parameters + [
                eventID.map(SQLValue.text) ?? .null, .text(fallback.rawValue), .bytes(message.body),
                .jsonb(message.headers),
            ]
        _ = try await lane.runUntilCommitted([Statement(sql, parameters)])
    }

    /// Ends an event that was tried as often as it may be, unless all its notifications are settled or parked.
    ///
    /// - Returns: false when there was nothing left to do, so that the message is dropped.
    public func buryUndeliverable(
        _ message: StoredMessage,
        as rejection: Rejection,
        reason: DeadLetterReason
    ) async throws(DatabaseError) -> Bool {
        // `alive` also locks the row, so that an owner who settles beside us comes first or finds its token gone.
        let sql = """
            WITH existing AS (
                SELECT * FROM event WHERE event_type = $1 AND dedupe_key = $2 FOR UPDATE
            ), inserted AS (
                \(Self.insertEvent("WHERE NOT EXISTS (SELECT FROM existing)"))
            ), ended AS (
                UPDATE event e SET states = array_replace(e.states, 'open', 'settled'), lease_until = NULL,
                    claim_token = gen_random_uuid()
                FROM existing x
                WHERE e.event_type = x.event_type AND e.dedupe_key = x.dedupe_key AND 'open' = ANY(x.states)
                RETURNING e.created_at, e.recipient_id, x.channels, x.states, x.notification_ids, x.event_id
            ), dead AS (
                SELECT $4::uuid AS id, created_at, 'none'::text AS channel, $5::text AS event_id,
                    NULL::text AS recipient_id FROM inserted
                UNION ALL
                SELECT s.id, n.created_at, s.channel, n.event_id, n.recipient_id
                FROM ended n, unnest(n.channels, n.states, n.notification_ids) AS s(channel, state, id)
                WHERE s.state = 'open'
            ), logged AS (
                INSERT INTO notification_log (id, event_id, event_type, dedupe_key, channel, recipient_id, status,
                    error_code, error, trace_id, received_at, created_at)
                SELECT id, event_id, $1, $2, channel, recipient_id, $6, $7, $8, $9, $10, created_at FROM dead
                ON CONFLICT (id, created_at) DO UPDATE SET status = excluded.status,
                    error_code = excluded.error_code, error = excluded.error, updated_at = clock_timestamp()
            ), unparked AS (
                DELETE FROM parked WHERE event_type = $1 AND dedupe_key = $2 AND EXISTS (SELECT FROM dead)
                    AND (notification_id IS NULL OR notification_id IN (SELECT id FROM dead))
            )
            INSERT INTO dead_letter (notification_id, event_id, event_type, dedupe_key, channel, reason, error_code,
                body, headers, subject)
            SELECT id, event_id, $1, $2, channel, $13, $7, $11, $12, 'notification:' || id FROM dead
            ON CONFLICT (subject) DO UPDATE SET died_at = now(), replayed_at = NULL
            """
        let parameters =
            Self.parameters(rejection)
            + [.bytes(message.body), .jsonb(message.headers), .text(reason.rawValue)]
        return try await lane.runUntilCommitted([Statement(sql, parameters)])[0].affectedRows > 0
    }

    private static func parameters(_ rejection: Rejection) -> [SQLValue] {
        rejection.key.parameters + [
            .bytes([]), .uuid(rejection.notificationID), .text(rejection.eventID), .text(rejection.status.rawValue),
            .text(rejection.code.rawValue), .text(rejection.message), rejection.traceID.map(SQLValue.text) ?? .null,
            .timestamp(rejection.receivedAt),
        ]
    }

    private static func insertEvent(_ condition: String) -> String {
        """
        INSERT INTO event (event_type, dedupe_key, fingerprint, channels, states, notification_ids, claim_token, event_id)
        SELECT $1, $2, $3, '{none}', '{settled}', ARRAY[$4::uuid], gen_random_uuid(), $5 \(condition)
        ON CONFLICT DO NOTHING
        RETURNING created_at
        """
    }

    private static let insertRow = """
        WITH inserted AS (
            \(insertEvent(""))
        ), logged AS (
            INSERT INTO notification_log (id, event_id, event_type, dedupe_key, channel, status, error_code, error,
                trace_id, received_at, created_at)
            SELECT $4, $5, $1, $2, 'none', $6, $7, $8, $9, $10, created_at FROM inserted
            RETURNING id
        )
        -- Written now, or by this statement's first run, whose answer was lost.
        SELECT (SELECT count(*) FROM logged) + (SELECT count(*) FROM event WHERE event_type = $1 AND dedupe_key = $2
            AND notification_ids = ARRAY[$4::uuid])
        """
}
