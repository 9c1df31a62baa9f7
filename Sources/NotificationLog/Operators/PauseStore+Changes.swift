import Database
import DomainEvents
import FoundationEssentials

extension PauseStore {
    /// Stops what the scope covers; recorded. Replicas follow when they read the pauses next.
    ///
    /// - Returns: the pause that was there already, with its own reason, or nil when this call made it.
    public func pause(_ scope: PauseScope, note: OperatorNote) async throws(DatabaseError) -> Pause? {
        let sql = """
            WITH added AS (
                INSERT INTO pause (event_type, channel, who, reason) VALUES ($1, $2, $3, $5)
                ON CONFLICT (coalesce(event_type, ''), coalesce(channel, '')) DO NOTHING
                RETURNING id
            ), recorded AS (
                INSERT INTO operator_action (\(OperatorNote.columns), action, targets, count)
                SELECT \(OperatorNote.places(from: 3)), 'pause', ARRAY[$6::text], 1 FROM added
            )
            SELECT count(*) FROM added
            """
        let made = try await lane.runOnce([Statement(sql, parameters(scope, note))])[0].rows.first?.integer(0) ?? 0
        guard made == 0 else { return nil }
        let existing = try await current().all.first { $0.scope == scope }
        // Resumed in between by somebody else: the next try makes it.
        guard let existing else { return try await pause(scope, note: note) }
        return existing
    }

    /// Takes back the pause of exactly this scope, or every pause where it is all there is; each is recorded for itself.
    ///
    /// - Returns: the pauses that were, oldest first, those of a channel that this version does not know left out.
    public func resume(_ scope: PauseScope, note: OperatorNote) async throws(DatabaseError) -> [Pause] {
        let sql = """
            WITH removed AS (
                DELETE FROM pause
                WHERE ($1::text IS NULL AND $2::text IS NULL)
                    OR (event_type IS NOT DISTINCT FROM $1 AND channel IS NOT DISTINCT FROM $2)
                RETURNING id, event_type, channel, reason, since, who
            ), recorded AS (
                INSERT INTO operator_action (\(OperatorNote.columns), action, targets, count)
                SELECT \(OperatorNote.places(from: 3)), 'resume', ARRAY[\(PauseScope.targetSQL)], 1
                FROM removed ORDER BY since, id
            )
            SELECT event_type, channel, reason, since, who FROM removed ORDER BY since, id
            """
        let scopes: [SQLValue] = [.optional(scope.eventType), .optional(scope.channel?.rawValue)]
        var pauses: [Pause] = []
        for row in try await lane.runOnce([Statement(sql, scopes + note.parameters)])[0].rows {
            if let pause = try Self.pause(in: row, at: 0) { pauses.append(pause) }
        }
        return pauses
    }

    private func parameters(_ scope: PauseScope, _ note: OperatorNote) -> [SQLValue] {
        [.optional(scope.eventType), .optional(scope.channel?.rawValue)] + note.parameters + [.text(scope.target)]
    }
}

extension PauseScope {
    /// As `operator_action` names it.
    var target: String {
        let parts = [eventType.map { "type:\($0)" }, channel.map { "channel:\($0.rawValue)" }].compactMap(\.self)
        return parts.isEmpty ? "all" : parts.joined(separator: " ")
    }

    /// The same of a row of `pause`.
    fileprivate static let targetSQL = """
        coalesce(nullif(concat_ws(' ', 'type:' || event_type, 'channel:' || channel), ''), 'all')
        """
}
