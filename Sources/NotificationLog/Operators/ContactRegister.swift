import Database
import FoundationEssentials

/// Everything that is kept of one recipient, with the time of each value.
public struct ContactEntry: Sendable, Equatable {
    public struct Field: Sendable, Equatable {
        /// The column's name.
        public var name: String
        /// Nil: not known, or removed.
        public var value: String?
        /// The event time it counts from; nil: never mentioned.
        public var at: Date?
    }

    public var recipientID: String
    public var fields: [Field]
    /// Categories the recipient does not want.
    public var optOut: [String]
    public var optOutAt: Date?

    /// Nothing is known: a row that only keeps late older events from bringing the person back.
    public var isEmpty: Bool { optOut.isEmpty && fields.allSatisfy { $0.value == nil } }
}

/// Shows and forgets contacts for operators.
public struct ContactRegister: Sendable {
    private let lane: DatabaseLane

    public init(lane: DatabaseLane) {
        self.lane = lane
    }

    /// - Returns: nil where there is no row.
    public func entry(of recipientID: String) async throws(DatabaseError) -> ContactEntry? {
        let columns = Self.fields.map { "\($0), \($0)_at" }.joined(separator: ", ")
        let sql = "SELECT \(columns), opt_out, opt_out_at FROM contact WHERE recipient_id = $1"
        guard let row = try await lane.run([Statement(sql, [.text(recipientID)])])[0].rows.first else { return nil }
        var entry = ContactEntry(recipientID: recipientID, fields: [], optOut: [])
        for (place, name) in Self.fields.enumerated() {
            entry.fields.append(
                ContactEntry.Field(
                    name: name,
                    value: try row.optionalText(place * 2),
                    at: try row.optionalTimestamp(place * 2 + 1)
                )
            )
        }
        entry.optOut = try row.texts(Self.fields.count * 2) ?? []
        entry.optOutAt = try row.optionalTimestamp(Self.fields.count * 2 + 1)
        return entry
    }

    /// Leaves an empty row whose fields count from now, or from the newest event where that is later, so that an older
    /// event that comes late does not bring the person back; recorded.
    ///
    /// - Returns: whether anything was known; false: the row was empty, or there was none.
    public func forget(_ recipientID: String, note: OperatorNote) async throws(DatabaseError) -> Bool {
        let tables = try await lane.runOnce([
            Statement(Self.known, [.text(recipientID)]),
            Statement(Self.forget, [.text(recipientID)] + note.parameters),
        ])
        return try tables[0].rows.first?.boolean(0) ?? false
    }

    private static let fields = ["email", "phone", "name", "locale", "preferred_channel", "timezone"]

    private static let known = """
        SELECT opt_out <> '{}' OR \(fields.map { "\($0) IS NOT NULL" }.joined(separator: " OR ")) FROM contact
        WHERE recipient_id = $1 FOR UPDATE
        """

    private static let forget = """
        WITH emptied AS (
            INSERT INTO contact AS c (recipient_id, \(times.joined(separator: ", ")))
            VALUES ($1, \(times.map { _ in "now()" }.joined(separator: ", ")))
            ON CONFLICT (recipient_id) DO UPDATE SET opt_out = '{}', \(
                (fields.map { "\($0) = NULL" } + times.map { "\($0) = greatest(now(), c.\($0))" })
                    .joined(separator: ", "))
            RETURNING recipient_id
        )
        INSERT INTO operator_action (\(OperatorNote.columns), action, targets, count)
        SELECT \(OperatorNote.places(from: 2)), 'forget', ARRAY['contact:' || recipient_id], 1 FROM emptied
        """

    private static var times: [String] { (fields + ["opt_out"]).map { "\($0)_at" } }
}
