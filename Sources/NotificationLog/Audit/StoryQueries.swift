import Database
import FoundationEssentials

/// Finds everything about the events that an id names.
public struct StoryQueries: Sendable {
    private let lane: DatabaseLane

    /// More events under one id are not told; event ids are unique for honest publishers.
    public static let mostEvents = 20

    public init(lane: DatabaseLane) {
        self.lane = lane
    }

    /// - Parameters:
    ///   - term: an event's id, a notification's id or a dedupe key.
    ///   - eventTypes: those of the catalogue: an event that has no row in the log yet is found by type and key.
    /// - Returns: an empty list where nothing is known.
    public func stories(of term: String, eventTypes: [String]) async throws(DatabaseError) -> [EventStory] {
        let parameters: [SQLValue] = [
            .text(term), UUID(uuidString: term).map(SQLValue.uuid) ?? .null, .texts(eventTypes),
            .integer(Int64(Self.mostEvents)),
        ]
        var stories: [EventStory] = []
        for row in try await lane.run([Statement(StoryStatements.find, parameters)])[0].rows {
            var story = EventStory(
                eventType: try row.text(0),
                dedupeKey: try row.text(1),
                eventID: try row.optionalText(2)
            )
            try await fill(&story)
            stories.append(story)
        }
        return stories
    }

    /// One transaction, so that what it reads belongs together as well as its statements allow.
    private func fill(_ story: inout EventStory) async throws(DatabaseError) {
        let key: [SQLValue] = [.text(story.eventType), .text(story.dedupeKey)]
        let identity = key + [.optional(story.eventID)]
        let tables = try await lane.run([
            Statement(StoryStatements.event, key), Statement(StoryStatements.notifications, identity),
            Statement(StoryStatements.attempts, identity), Statement(StoryStatements.waits, key),
            Statement(StoryStatements.deadLetters, key), Statement(StoryStatements.actions, identity),
        ])
        story.claims = try tables[0].rows.first.map(Self.claims)
        for row in tables[1].rows { story.notifications.append(try AuditEntry(row)) }
        for row in tables[2].rows { story.attempts.append(try Self.attempt(row)) }
        for row in tables[3].rows { story.waits.append(try Self.wait(row)) }
        for row in tables[4].rows { story.deadLetters.append(try AuditQueries.deadLetter(row)) }
        for row in tables[5].rows { story.actions.append(try Self.action(row)) }
    }

    private static func claims(_ row: ResultRow) throws(DatabaseError) -> EventStory.Claims {
        EventStory.Claims(
            firstAt: try row.timestamp(0),
            count: Int(try row.integer(1)),
            leaseUntil: try row.optionalTimestamp(2),
            channels: try row.texts(3) ?? [],
            states: try row.texts(4) ?? [],
            resendCount: Int(try row.integer(5))
        )
    }

    private static func attempt(_ row: ResultRow) throws(DatabaseError) -> EventStory.Attempt {
        EventStory.Attempt(
            notificationID: try row.uuid(0),
            number: Int(try row.integer(1)),
            startedAt: try row.timestamp(2),
            milliseconds: try row.double(3) ?? 0,
            provider: try row.optionalText(4),
            outcome: try row.text(5),
            errorCode: try row.optionalText(6),
            error: try row.optionalText(7),
            dns: try row.double(8),
            connect: try row.double(9),
            tls: try row.double(10),
            total: try row.double(11)
        )
    }

    private static func wait(_ row: ResultRow) throws(DatabaseError) -> EventStory.Wait {
        EventStory.Wait(
            notificationID: try row.optionalUUID(0),
            channel: try row.optionalText(1),
            hold: try row.text(2),
            dueAt: try row.timestamp(3),
            parkedAt: try row.timestamp(4)
        )
    }

    private static func action(_ row: ResultRow) throws(DatabaseError) -> EventStory.Action {
        EventStory.Action(
            at: try row.timestamp(0),
            who: try row.text(1),
            action: try row.text(2),
            filter: try row.optionalText(3),
            reason: try row.optionalText(4)
        )
    }
}

/// The SQL of `StoryQueries`.
enum StoryStatements {
    /// $1 the term, $2 the same as a UUID, $3 event types, $4 how many at most. Each branch has an index of its own, but
    /// for the small table of dead letters.
    static let find = """
        SELECT event_type, dedupe_key, min(event_id) FROM (
            SELECT event_type, dedupe_key, event_id FROM notification_log WHERE event_id = $1
            UNION ALL SELECT event_type, dedupe_key, event_id FROM notification_log WHERE id = $2
            UNION ALL SELECT event_type, dedupe_key, event_id FROM event
                WHERE event_type = ANY($3) AND dedupe_key IN ($1, 'id:' || $1, 'rejected:' || $1)
            UNION ALL SELECT event_type, dedupe_key, event_id FROM dead_letter
                WHERE dedupe_key IS NOT NULL AND (event_id = $1 OR notification_id = $2)
        ) AS found
        GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $4
        """

    static let event = """
        SELECT created_at, claims, lease_until, channels, states, resend_count FROM event
        WHERE event_type = $1 AND dedupe_key = $2
        """

    /// Found by the event's id, which has an index; $3 of all three.
    private static let mine = "l.event_id = $3 AND l.event_type = $1 AND l.dedupe_key = $2"

    static let notifications = """
        SELECT \(AuditEntry.columns) FROM notification_log l
        WHERE \(mine) ORDER BY created_at, channel
        """

    static let attempts = """
        SELECT a.notification_id, a.attempt, a.started_at, a.duration_ms, a.provider, a.outcome, a.error_code, a.error,
            a.dns_ms, a.connect_ms, a.tls_ms, a.total_ms
        FROM notification_log l JOIN delivery_attempt a ON a.notification_id = l.id
        WHERE \(mine) ORDER BY a.started_at, a.attempt
        """

    static let waits = """
        SELECT notification_id, channel, hold, due_at, parked_at FROM parked
        WHERE event_type = $1 AND dedupe_key = $2 ORDER BY id
        """

    /// Without the bodies: nothing of them is told.
    static let deadLetters = """
        SELECT d.id, d.notification_id, d.event_id, d.event_type, d.channel, d.reason, d.error_code, NULL::text,
            d.died_at, d.replayed_at, ''::bytea, '{}'::jsonb
        FROM dead_letter d WHERE d.event_type = $1 AND d.dedupe_key = $2 ORDER BY d.id
        """

    static let actions = """
        SELECT o.at, o.who, o.action, o.filter, o.reason FROM operator_action o
        WHERE o.targets && (
            SELECT coalesce(array_agg(t.target), '{}') FROM (
                SELECT 'notification:' || l.id AS target FROM notification_log l WHERE \(mine)
                UNION SELECT 'dead_letter:' || d.id FROM dead_letter d WHERE d.event_type = $1 AND d.dedupe_key = $2
            ) t
        ) ORDER BY o.at, o.id
        """
}
