import Database
import DomainEvents
import FoundationEssentials
import Pipeline
import Reactor

/// What is known of recipients, and which addresses must not be written to; look-ups and changes share commits.
public struct ContactStore: Sendable {
    /// One recipient: change it, read it, or both.
    struct Request: BatchRequest {
        var recipientID: String
        var change: ContactChange?
        var key: String { recipientID }
        var isWrite: Bool { change != nil }
        var weight: Int { 512 }
    }

    private let lane: DatabaseLane
    private let batcher: Batcher<Request, ContactSnapshot?>

    public init(lane: DatabaseLane, reactor: Reactor) {
        self.lane = lane
        batcher = Batcher(reactor: reactor) { requests throws(DatabaseError) in
            let changes = requests.compactMap(\.change)
            let select = Statement(Self.select, [.texts(requests.map(\.recipientID))])
            let upsert = Statement(Self.upsert, Self.columns.parameters(changes))
            let tables = try await lane.runUntilCommitted(changes.isEmpty ? [select] : [upsert, select])
            var found: [String: ContactSnapshot] = [:]
            for row in tables[tables.count - 1].rows { found[try row.text(0)] = try Self.snapshot(row) }
            return requests.map { found[$0.recipientID] }
        }
    }

    /// What is known of the recipient; nil: no row.
    public func contact(of recipientID: String) async throws(DatabaseError) -> ContactSnapshot? {
        try await batcher.submit(Request(recipientID: recipientID)).reply
    }

    /// Takes over each field that is newer than what is stored, and returns what is known then.
    public func apply(_ change: ContactChange) async throws(DatabaseError) -> ContactSnapshot? {
        try await batcher.submit(Request(recipientID: change.recipientID, change: change.storable)).reply
    }

    /// Takes over many at once (an import): sorted, in batches, each a commit of its own.
    ///
    /// - Parameter progress: told how many are done.
    public func importContacts(
        _ changes: [ContactChange],
        progress: (Int) -> Void
    ) async throws(DatabaseError) {
        // The last line about a recipient wins, as if the lines had been applied one by one.
        var newest: [String: ContactChange] = [:]
        for change in changes.lazy.map(\.storable) {
            newest[change.recipientID] = newest[change.recipientID]?.merged(with: change) ?? change
        }
        let sorted = newest.values.sorted { $0.recipientID < $1.recipientID }
        var done = 0
        while done < sorted.count {
            let batch = Array(sorted[done..<min(done + 1000, sorted.count)])
            _ = try await lane.runUntilCommitted([Statement(Self.upsert, Self.columns.parameters(batch))])
            done += batch.count
            progress(done)
        }
    }

    // MARK: SQL

    private static let fields = ["email", "phone", "name", "locale", "preferred_channel", "timezone"]

    /// A field's time is null where the change does not mention it; then the stored one stays.
    private static let columns = BatchColumns<ContactChange>(
        [.text("recipient_id") { $0.recipientID }]
            + pair("email", \.email) + pair("phone", \.phone) + pair("name", \.name) + pair("locale", \.locale)
            + pair("preferred_channel", \.preferredChannel) + pair("timezone", \.timezone) + [
                .text("opt_out") { $0.fields.optOut.value?.joined(separator: "\u{1F}") },
                .timestamp("opt_out_at") { $0.time(of: $0.fields.optOut) },
                .text("sign_up_key") { $0.signUp?.dedupeKey },
                .bytes("sign_up_fingerprint") { $0.signUp?.fingerprint },
            ]
    )

    private static func pair(
        _ name: String,
        _ field: any KeyPath<ContactFields, ContactField<String>> & Sendable
    ) -> [BatchColumns<ContactChange>.Column] {
        [
            .text(name) { $0.isDeletion ? nil : $0.fields[keyPath: field].value },
            .timestamp("\(name)_at") { $0.time(of: $0.fields[keyPath: field]) },
        ]
    }

    private static let upsert = """
        INSERT INTO contact AS c (recipient_id, \(fields.map { "\($0), \($0)_at" }.joined(separator: ", ")),
            opt_out, opt_out_at)
        SELECT recipient_id, \(fields.map { "\($0), \($0)_at" }.joined(separator: ", ")),
            coalesce(string_to_array(opt_out, E'\\x1F'), '{}'), opt_out_at
        FROM \(columns.source(alias: "i"))
        WHERE \(isNoConflict)
        ORDER BY recipient_id
        ON CONFLICT (recipient_id) DO UPDATE SET
            \((fields + ["opt_out"]).map(newer).joined(separator: ",\n    "))
        """

    /// A sign-up that will be rejected as another fact under a known key must not redirect the mails of who had the key first.
    ///
    /// A scalar subquery, not a join: each row is looked up by its key, whatever the planner thinks of the table.
    private static let isNoConflict = """
        coalesce((
            SELECT e.fingerprint = i.sign_up_fingerprint OR \(ClaimStatements.isUnread("e.fingerprint"))
            FROM event e WHERE e.event_type = '\(ContactEvent.signUp)' AND e.dedupe_key = i.sign_up_key
        ), true)
        """

    /// The newest event time wins; a tie goes to the later receipt.
    private static func newer(_ field: String) -> String {
        let isNewer = "excluded.\(field)_at >= coalesce(c.\(field)_at, '-infinity')"
        return """
            \(field) = CASE WHEN \(isNewer) THEN excluded.\(field) ELSE c.\(field) END,
            \(field)_at = CASE WHEN \(isNewer) THEN excluded.\(field)_at ELSE c.\(field)_at END
            """
    }

    private static let select = """
        SELECT recipient_id, \(fields.joined(separator: ", ")), opt_out
        FROM contact WHERE recipient_id = ANY($1)
        """

    private static func snapshot(_ row: ResultRow) throws(DatabaseError) -> ContactSnapshot {
        ContactSnapshot(
            email: try row.optionalText(1),
            phone: try row.optionalText(2),
            name: try row.optionalText(3),
            locale: try row.optionalText(4),
            preferredChannel: try row.optionalText(5).flatMap(Channel.init(rawValue:)),
            timezone: try row.optionalText(6),
            optOut: Set(try row.texts(7) ?? [])
        )
    }
}

extension ContactChange {
    /// Only what a contact may keep, found out once for all its columns.
    fileprivate var storable: ContactChange {
        var change = self
        change.fields = fields.storable
        return change
    }

    /// The change's time for a field that it mentions, or for every field where it deletes.
    fileprivate func time<Value>(of field: ContactField<Value>) -> Date? {
        isDeletion || field != .absent ? occurredAt : nil
    }

    fileprivate func merged(with later: ContactChange) -> ContactChange {
        var merged = later
        merged.fields.email = later.fields.email == .absent ? fields.email : later.fields.email
        merged.fields.phone = later.fields.phone == .absent ? fields.phone : later.fields.phone
        merged.fields.name = later.fields.name == .absent ? fields.name : later.fields.name
        merged.fields.locale = later.fields.locale == .absent ? fields.locale : later.fields.locale
        merged.fields.preferredChannel =
            later.fields.preferredChannel == .absent ? fields.preferredChannel : later.fields.preferredChannel
        merged.fields.timezone = later.fields.timezone == .absent ? fields.timezone : later.fields.timezone
        merged.fields.optOut = later.fields.optOut == .absent ? fields.optOut : later.fields.optOut
        return merged
    }
}
