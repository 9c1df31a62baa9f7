import Database
import FoundationEssentials

/// Which rows of the log to show.
public struct AuditFilter: Sendable {
    public var eventID: String?
    public var recipientID: String?
    /// The keyed hash of the address asked for.
    public var addressHash: String?
    public var eventType: String?
    public var status: String?
    public var since: Date?
    /// Only rows changed after this moment (for `--follow`).
    public var updatedAfter: Date?
    /// Newest rows at most.
    public var limit: Int

    public init(limit: Int = 100) {
        self.limit = limit
    }
}

/// One row of the log as `notifyd log` shows it.
public struct AuditEntry: Sendable {
    public var id: UUID
    public var eventID: String
    public var eventType: String
    public var channel: String
    public var recipientID: String?
    public var status: String
    public var attempts: Int
    public var provider: String?
    public var providerMessageID: String?
    public var addressMasked: String?
    public var locale: String?
    public var errorCode: String?
    public var error: String?
    public var traceID: String?
    public var receivedAt: Date
    public var sentAt: Date?
    public var updatedAt: Date
    public var resendCount: Int
}

/// Reads what was written down, for people.
public struct AuditQueries: Sendable {
    let lane: DatabaseLane

    public init(lane: DatabaseLane) {
        self.lane = lane
    }

    /// The newest rows that match, oldest of them first.
    public func entries(_ filter: AuditFilter) async throws(DatabaseError) -> [AuditEntry] {
        let sql = """
            SELECT \(Self.columns) FROM notification_log
            WHERE ($1::text IS NULL OR event_id = $1) AND ($2::text IS NULL OR recipient_id = $2)
                AND ($3::text IS NULL OR address_hash = $3) AND ($4::text IS NULL OR event_type = $4)
                AND ($5::text IS NULL OR status = $5) AND ($6::timestamptz IS NULL OR created_at >= $6)
                AND ($7::timestamptz IS NULL OR updated_at > $7)
            ORDER BY updated_at DESC, id DESC LIMIT $8
            """
        let parameters: [SQLValue] = [
            .optional(filter.eventID), .optional(filter.recipientID), .optional(filter.addressHash),
            .optional(filter.eventType), .optional(filter.status), .optional(filter.since),
            .optional(filter.updatedAfter), .integer(Int64(filter.limit)),
        ]
        var entries: [AuditEntry] = []
        for row in try await lane.run([Statement(sql, parameters)])[0].rows { entries.append(try Self.entry(row)) }
        return entries.reversed()
    }

    /// Appends what an operator did or looked at.
    public func record(
        who: String,
        action: String,
        filter: String?,
        targets: [String],
        reason: String?
    ) async throws(DatabaseError) {
        let sql = """
            INSERT INTO operator_action (who, action, filter, targets, count, reason) VALUES ($1, $2, $3, $4, $5, $6)
            """
        let parameters: [SQLValue] = [
            .text(who), .text(action), .optional(filter), .texts(targets), .integer(Int64(targets.count)),
            .optional(reason),
        ]
        _ = try await lane.run([Statement(sql, parameters)])
    }

    /// The address key that the first migration made.
    public func addressKey() async throws(DatabaseError) -> [UInt8] {
        let sql = "SELECT value FROM setting WHERE name = 'address_key'"
        guard let row = try await lane.runUntilCommitted([Statement(sql)])[0].rows.first, let key = try row.bytes(0)
        else { throw DatabaseError(.unexpectedResult, "table setting has no address_key: run notifyd migrate") }
        return key
    }

    /// What `entry` reads.
    static let columns = """
        id, event_id, event_type, channel, recipient_id, status, attempts, provider, provider_message_id, address_masked,
            locale, error_code, error, trace_id, received_at, sent_at, updated_at, resend_count
        """

    static func entry(_ row: ResultRow) throws(DatabaseError) -> AuditEntry {
        AuditEntry(
            id: try row.uuid(0),
            eventID: try row.text(1),
            eventType: try row.text(2),
            channel: try row.text(3),
            recipientID: try row.optionalText(4),
            status: try row.text(5),
            attempts: Int(try row.integer(6)),
            provider: try row.optionalText(7),
            providerMessageID: try row.optionalText(8),
            addressMasked: try row.optionalText(9),
            locale: try row.optionalText(10),
            errorCode: try row.optionalText(11),
            error: try row.optionalText(12),
            traceID: try row.optionalText(13),
            receivedAt: try row.timestamp(14),
            sentAt: try row.optionalTimestamp(15),
            updatedAt: try row.timestamp(16),
            resendCount: Int(try row.integer(17))
        )
    }
}

extension SQLValue {
    static func optional(_ text: String?) -> SQLValue { text.map(SQLValue.text) ?? .null }
    static func optional(_ date: Date?) -> SQLValue { date.map(SQLValue.timestamp) ?? .null }
}
