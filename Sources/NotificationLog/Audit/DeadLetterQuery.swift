import Database
import FoundationEssentials

/// One dead letter as `notifyd dlq` shows it; the body is restored by `MessageVault`.
public struct DeadLetterEntry: Sendable {
    public var id: Int64
    public var notificationID: UUID?
    public var eventID: String?
    public var eventType: String
    public var channel: String
    public var reason: String
    public var errorCode: String?
    /// What the log says about it.
    public var error: String?
    public var diedAt: Date
    public var replayedAt: Date?
    public var message: StoredMessage
}

/// Which dead letters to show.
public struct DeadLetterFilter: Sendable {
    public var ids: [Int64]
    public var eventType: String?
    /// The reason or the error code.
    public var reason: String?
    public var since: Date?
    public var limit: Int

    public init(ids: [Int64] = [], limit: Int = 100) {
        self.ids = ids
        self.limit = limit
    }

    /// Takes `parameters`, the first four of the statement.
    static let condition = """
        ($1::int8[] = '{}' OR d.id = ANY($1)) AND ($2::text IS NULL OR d.event_type = $2)
            AND ($3::text IS NULL OR d.reason = $3 OR d.error_code = $3)
            AND ($4::timestamptz IS NULL OR d.died_at >= $4)
        """

    var parameters: [SQLValue] {
        [.integers(ids), .optional(eventType), .optional(reason), .optional(since)]
    }
}

/// Dead letters of one kind.
public struct DeadLetterCount: Sendable, Equatable {
    public var reason: String
    public var errorCode: String?
    public var eventType: String
    public var count: Int
    /// How many of them were replayed and have not died again.
    public var replayed: Int
}

extension AuditQueries {
    /// The newest dead letters that match, oldest of them first.
    public func deadLetters(_ filter: DeadLetterFilter) async throws(DatabaseError) -> [DeadLetterEntry] {
        let sql = """
            SELECT d.id, d.notification_id, d.event_id, d.event_type, d.channel, d.reason, d.error_code,
                (SELECT l.error FROM notification_log l WHERE l.id = d.notification_id LIMIT 1),
                d.died_at, d.replayed_at, d.body, d.headers
            FROM dead_letter d WHERE \(DeadLetterFilter.condition)
            ORDER BY d.died_at DESC, d.id DESC LIMIT $5
            """
        let parameters = filter.parameters + [.integer(Int64(filter.limit))]
        var entries: [DeadLetterEntry] = []
        for row in try await lane.run([Statement(sql, parameters)])[0].rows {
            entries.append(try Self.deadLetter(row))
        }
        return entries.reversed()
    }

    /// How many match by reason, code and type, the largest group first; counted by the server.
    public func deadLetterCounts(_ filter: DeadLetterFilter) async throws(DatabaseError) -> [DeadLetterCount] {
        let sql = """
            SELECT d.reason, d.error_code, d.event_type, count(*), count(d.replayed_at)
            FROM dead_letter d WHERE \(DeadLetterFilter.condition)
            GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT $5
            """
        let parameters = filter.parameters + [.integer(Int64(filter.limit))]
        var counts: [DeadLetterCount] = []
        for row in try await lane.run([Statement(sql, parameters)])[0].rows {
            counts.append(
                DeadLetterCount(
                    reason: try row.text(0),
                    errorCode: try row.optionalText(1),
                    eventType: try row.text(2),
                    count: Int(try row.integer(3)),
                    replayed: Int(try row.integer(4))
                )
            )
        }
        return counts
    }

    static func deadLetter(_ row: ResultRow) throws(DatabaseError) -> DeadLetterEntry {
        DeadLetterEntry(
            id: try row.integer(0),
            notificationID: try row.optionalUUID(1),
            eventID: try row.optionalText(2),
            eventType: try row.text(3),
            channel: try row.text(4),
            reason: try row.text(5),
            errorCode: try row.optionalText(6),
            error: try row.optionalText(7),
            diedAt: try row.timestamp(8),
            replayedAt: try row.optionalTimestamp(9),
            message: StoredMessage(body: try row.bytes(10) ?? [], headers: try row.text(11))
        )
    }
}
