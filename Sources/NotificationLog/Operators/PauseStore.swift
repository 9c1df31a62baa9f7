import Database
import DomainEvents
import FoundationEssentials

/// What operators paused, as every replica reads it, and the release of what waited for it.
public struct PauseStore: Sendable {
    let lane: DatabaseLane

    public init(lane: DatabaseLane) {
        self.lane = lane
    }

    /// Returns at once when there is a connection, and when there will be none any more.
    public func untilConnected() async {
        await lane.untilConnected()
    }

    /// The pauses in force now; tried once, so that the caller decides what an outage means.
    public func current() async throws(DatabaseError) -> PauseSet {
        let sql = "SELECT event_type, channel, reason, since, who FROM pause ORDER BY since, id"
        var pauses: [Pause] = []
        for row in try await lane.run([Statement(sql)])[0].rows {
            if let pause = try Self.pause(in: row, at: 0) { pauses.append(pause) }
        }
        return PauseSet(pauses)
    }

    /// Makes due at once what waits on hold `paused` and no pause covers any more, oldest first; tried once.
    ///
    /// Cheap while nothing was resumed, however much is parked: it looks at one row for each type and channel.
    /// - Parameter limit: of the rows released by this call, so that a resume does not become a flood.
    /// - Returns: how many were released; `limit` of them: there may be more.
    public func releaseResumed(limit: Int) async throws(DatabaseError) -> Int {
        try await lane.run([Statement(Self.release, [.integer(Int64(limit))])])[0].affectedRows
    }

    /// Reads the columns event_type, channel, reason, since and who, which begin at `first`; nil for a channel that this
    /// version does not know, and therefore never sends by.
    static func pause(in row: ResultRow, at first: Int) throws(DatabaseError) -> Pause? {
        var scope = PauseScope(eventType: try row.optionalText(first))
        if let name = try row.optionalText(first + 1) {
            guard let channel = Channel(rawValue: name) else { return nil }
            scope.channel = channel
        }
        return Pause(
            scope: scope,
            reason: try row.optionalText(first + 2),
            since: try row.timestamp(first + 3),
            who: try row.text(first + 4)
        )
    }

    /// The kinds are found by hopping over the index `parked_paused` from one to the next. Rows that somebody holds are
    /// left for the next call, so that no lock is waited for.
    private static let release = """
        WITH RECURSIVE kind AS (
            (SELECT event_type, coalesce(channel, '') AS channel FROM parked WHERE hold = 'paused'
             ORDER BY event_type, coalesce(channel, '') LIMIT 1)
            UNION ALL
            SELECT next.event_type, next.channel FROM kind k CROSS JOIN LATERAL (
                SELECT event_type, coalesce(channel, '') AS channel FROM parked
                WHERE hold = 'paused' AND (event_type, coalesce(channel, '')) > (k.event_type, k.channel)
                ORDER BY event_type, coalesce(channel, '') LIMIT 1
            ) next
        ), resumed AS MATERIALIZED (
            SELECT k.event_type, k.channel FROM kind k WHERE NOT EXISTS (
                SELECT FROM pause s WHERE (s.event_type IS NULL OR s.event_type = k.event_type)
                    AND (s.channel IS NULL OR s.channel = k.channel)
            )
        ), released AS (
            SELECT p.id FROM resumed r CROSS JOIN LATERAL (
                SELECT id FROM parked
                WHERE hold = 'paused' AND event_type = r.event_type AND coalesce(channel, '') = r.channel
                ORDER BY id LIMIT $1
                FOR UPDATE SKIP LOCKED
            ) p
            ORDER BY p.id LIMIT $1
        )
        UPDATE parked p SET hold = 'due', due_at = now() FROM released r WHERE p.id = r.id
        """
}
