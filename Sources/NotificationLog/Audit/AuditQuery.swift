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

/// Reads what was written down, for people.
public struct AuditQueries: Sendable {
    let lane: DatabaseLane

    public init(lane: DatabaseLane) {
        self.lane = lane
    }

    /// The newest rows that match, oldest of them first.
    public func entries(_ filter: AuditFilter) async throws(DatabaseError) -> [AuditEntry] {
        let sql = """
            SELECT \(AuditEntry.columns) FROM notification_log
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
        for row in try await lane.run([Statement(sql, parameters)])[0].rows { entries.append(try AuditEntry(row)) }
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
}

extension SQLValue {
    static func optional(_ text: String?) -> SQLValue { text.map(SQLValue.text) ?? .null }
    static func optional(_ date: Date?) -> SQLValue { date.map(SQLValue.timestamp) ?? .null }
}
