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
    /// Rows at most.
    public var limit: Int

    public init(limit: Int = 100) {
        self.limit = limit
    }

    /// Takes `parameters`, the first six of the statement.
    static let condition = """
        ($1::text IS NULL OR event_id = $1) AND ($2::text IS NULL OR recipient_id = $2)
            AND ($3::text IS NULL OR address_hash = $3) AND ($4::text IS NULL OR event_type = $4)
            AND ($5::text IS NULL OR status = $5) AND ($6::timestamptz IS NULL OR created_at >= $6)
        """

    var parameters: [SQLValue] {
        [
            .optional(eventID), .optional(recipientID), .optional(addressHash), .optional(eventType), .optional(status),
            .optional(since),
        ]
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
            SELECT \(AuditEntry.columns) FROM notification_log WHERE \(AuditFilter.condition)
            ORDER BY updated_at DESC, id DESC LIMIT $7
            """
        return try await read(sql, filter.parameters + [.integer(Int64(filter.limit))]).reversed()
    }

    /// The rows that match and lie behind a place in the order of changes, the first of them first.
    public func changes(
        _ filter: AuditFilter,
        after place: AuditChanges.Place
    ) async throws(DatabaseError) -> [AuditEntry] {
        let sql = """
            SELECT \(AuditEntry.columns) FROM notification_log
            WHERE \(AuditFilter.condition) AND (updated_at, id) > ($7::timestamptz, $8::uuid)
            ORDER BY updated_at, id LIMIT $9
            """
        let bounds: [SQLValue] = [.timestamp(place.updatedAt), .uuid(place.id), .integer(Int64(filter.limit))]
        return try await read(sql, filter.parameters + bounds)
    }

    private func read(_ sql: String, _ parameters: [SQLValue]) async throws(DatabaseError) -> [AuditEntry] {
        var entries: [AuditEntry] = []
        for row in try await lane.run([Statement(sql, parameters)])[0].rows { entries.append(try AuditEntry(row)) }
        return entries
    }

    /// Postgres's time, by which it writes down when a row was changed.
    public func now() async throws(DatabaseError) -> Date {
        try await lane.run([Statement("SELECT clock_timestamp()")])[0].rows[0].timestamp(0)
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
