import Database
import FoundationEssentials

/// Takes dead letters up again, or away, for an operator; each call is one transaction that records itself.
public struct DeadLetterStore: Sendable {
    private let lane: DatabaseLane

    /// Bounds one transaction, and with it the time for which its rows are locked.
    public static let largestChunk = 500

    public init(lane: DatabaseLane) {
        self.lane = lane
    }

    /// The newest dead letter's number: a run that stops there does not chase what dies meanwhile. 0: there is none.
    public func newestID() async throws(DatabaseError) -> Int64 {
        let sql = "SELECT coalesce(max(id), 0) FROM dead_letter"
        return try await lane.run([Statement(sql)])[0].rows.first?.integer(0) ?? 0
    }

    /// Numbers that match, in ascending order.
    ///
    /// - Parameters:
    ///   - range: numbers above the lower and up to the upper bound.
    ///   - withReplayed: also those replayed before that have not died again.
    public func ids(
        _ filter: DeadLetterFilter,
        after lower: Int64,
        upTo upper: Int64,
        withReplayed: Bool
    ) async throws(DatabaseError) -> [Int64] {
        let sql = """
            SELECT d.id FROM dead_letter d
            WHERE \(DeadLetterFilter.condition) AND d.id > $5 AND d.id <= $6 AND ($7 OR d.replayed_at IS NULL)
            ORDER BY d.id LIMIT $8
            """
        let parameters: [SQLValue] =
            filter.parameters + [
                .integer(lower), .integer(upper), .boolean(withReplayed), .integer(Int64(filter.limit)),
            ]
        var ids: [Int64] = []
        for row in try await lane.run([Statement(sql, parameters)])[0].rows { ids.append(try row.integer(0)) }
        return ids
    }

    /// What `replay` would do, changing nothing.
    public func previewReplay(_ ids: [Int64]) async throws(DatabaseError) -> [DeadLetterOutcome] {
        let rows = try await lane.run([Statement(ReplayStatements.preview, [.integers(ids)])])[0].rows
        return try Self.outcomes(rows, for: ids)
    }

    /// Parks the notifications again, due now, their retry schedule anew.
    public func replay(_ ids: [Int64], note: OperatorNote) async throws(DatabaseError) -> [DeadLetterOutcome] {
        let key: [SQLValue] = [.integers(ids)]
        let tables = try await lane.runOnce([
            Statement(ReplayStatements.lockEvents, key), Statement(ReplayStatements.lockDeadLetters, key),
            Statement(ReplayStatements.replay, key + note.parameters),
        ])
        return try Self.outcomes(tables[2].rows, for: ids)
    }

    /// Which of them are there.
    public func previewDrop(_ ids: [Int64]) async throws(DatabaseError) -> [DeadLetterOutcome] {
        let sql = "SELECT id, NULL::text FROM dead_letter WHERE id = ANY($1)"
        return try Self.outcomes(try await lane.run([Statement(sql, [.integers(ids)])])[0].rows, for: ids)
    }

    /// Deletes them for good, replayed ones too: what is taken up again has its body in `parked`, and if it dies again,
    /// it comes back as a new dead letter.
    public func drop(_ ids: [Int64], note: OperatorNote) async throws(DatabaseError) -> [DeadLetterOutcome] {
        let key: [SQLValue] = [.integers(ids)]
        let tables = try await lane.runOnce([
            Statement(ReplayStatements.lockDeadLetters, key), Statement(Self.drop, key + note.parameters),
        ])
        return try Self.outcomes(tables[1].rows, for: ids)
    }

    private static let drop = """
        WITH dropped AS (
            DELETE FROM dead_letter WHERE id = ANY($1) RETURNING id, notification_id
        ), recorded AS (
            INSERT INTO operator_action (\(OperatorNote.columns), action, targets, count)
            SELECT \(OperatorNote.places(from: 2)), 'drop', (SELECT array_agg(t.target ORDER BY d.id, t.target)
                    FROM dropped d, \(ReplayStatements.targets(of: "d.id", "d.notification_id")) WHERE t.target IS NOT NULL),
                count(*)
            FROM dropped HAVING count(*) > 0
        )
        SELECT id, NULL::text FROM dropped
        """

    /// - Parameter rows: a number and a word why nothing was done, null where it was.
    private static func outcomes(
        _ rows: [ResultRow],
        for ids: [Int64]
    ) throws(DatabaseError) -> [DeadLetterOutcome] {
        var found: [Int64: DeadLetterOutcome] = [:]
        for row in rows {
            let id = try row.integer(0)
            found[id] = DeadLetterOutcome(id: id, skip: try row.optionalText(1).map(DeadLetterOutcome.Skip.init(word:)))
        }
        return ids.map { found[$0] ?? DeadLetterOutcome(id: $0, skip: .missing) }
    }
}
