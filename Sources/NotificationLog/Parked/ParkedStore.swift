import Database
import DomainEvents
import FoundationEssentials
import Reactor

/// A parked notification (or whole event) that is due, under a fresh claim of ours.
public struct DueEvent: Sendable {
    public var parkedID: Int64
    public var claim: Claim
    public var message: StoredMessage
}

/// Bodies that wait for their time: taken up by whichever replica comes first.
public struct ParkedStore: Sendable {
    private let lane: DatabaseLane
    private let lease: Duration
    private let grace: TakeOverGrace

    public init(lane: DatabaseLane, lease: Duration, grace: TakeOverGrace) {
        self.lane = lane
        self.lease = lease
        self.grace = grace
    }

    /// Claims what is due, at most `limit` events, oldest first.
    ///
    /// A copy whose event is settled is removed, one whose event is still being worked on waits on; a lease that ran
    /// out is taken over.
    /// - Parameter resendChannels: for each event type the channels for which a take-over counts as a resend.
    public func takeDue(
        limit: Int,
        resendChannels: [String: [Channel]]
    ) async throws(DatabaseError) -> [DueEvent] {
        let types = resendChannels.sorted { $0.key < $1.key }
        let rows = try await lane.run([
            Statement(
                Self.take,
                [
                    .integer(Int64(limit)), .double(lease.seconds), .texts(types.map(\.key)),
                    .texts(types.map { $0.value.map(\.rawValue).joined(separator: ",") }),
                ] + grace.parameters(for: lane)
            )
        ])[0].rows
        var due: [DueEvent] = []
        for row in rows { due.append(try Self.dueEvent(row)) }
        return due
    }

    /// When the next one is due, seen from now by Postgres's clock; nil: nothing waits for a time.
    public func timeToNextDue() async throws(DatabaseError) -> Duration? {
        let sql = """
            SELECT CASE WHEN min(due_at) IS NOT NULL
                THEN greatest(0, extract(epoch FROM min(due_at) - clock_timestamp())) END::float8
            FROM parked WHERE due_at < 'infinity'
            """
        let rows = try await lane.run([Statement(sql)])[0].rows
        return try rows.first?.double(0).map { .milliseconds(Int64($0 * 1000)) }
    }

    /// Keeps a copy of a message whose event another owner works on, until that owner's lease ends.
    ///
    /// - Returns: false when the event is no longer claimed: the copy is not needed, the caller looks again.
    public func parkCopy(of key: EventKey, message: StoredMessage) async throws(DatabaseError) -> Bool {
        // The lock makes a settle that runs beside us come before (then nothing is stored) or after (then it deletes).
        let sql = """
            WITH held AS (
                SELECT event_type, dedupe_key, lease_until FROM event
                WHERE event_type = $1 AND dedupe_key = $2 AND lease_until IS NOT NULL
                FOR UPDATE
            ), stored AS (
                INSERT INTO parked (event_type, dedupe_key, hold, due_at, body, headers)
                SELECT event_type, dedupe_key, 'lease', lease_until, $3, $4 FROM held
                ON CONFLICT (event_type, dedupe_key) WHERE notification_id IS NULL DO NOTHING
            )
            SELECT count(*) FROM held
            """
        let parameters = key.parameters + [.bytes(message.body), .jsonb(message.headers)]
        return try await lane.runUntilCommitted([Statement(sql, parameters)])[0].rows[0].integer(0) > 0
    }

    private static func dueEvent(_ row: ResultRow) throws(DatabaseError) -> DueEvent {
        let key = EventKey(eventType: try row.text(1), dedupeKey: try row.text(2))
        return DueEvent(
            parkedID: try row.integer(0),
            claim: try ClaimReader.claim(in: row, at: 6, key: key, token: try row.uuid(3)),
            message: StoredMessage(body: try row.bytes(4) ?? [], headers: try row.text(5))
        )
    }

    /// One row an event: with several channels due at once the first claims, the others follow when it is done.
    ///
    /// `due` locks the parked rows, `free` the event behind each; what is claimed stays parked until it settles, due
    /// again at the lease's end, so that it outlives its new owner as well.
    private static let take = """
        WITH due AS (
            SELECT id, notification_id, event_type, dedupe_key, body, headers, hold FROM parked
            WHERE due_at <= now()
            ORDER BY due_at LIMIT $1
            FOR UPDATE SKIP LOCKED
        ), chosen AS (
            SELECT DISTINCT ON (event_type, dedupe_key) * FROM due ORDER BY event_type, dedupe_key, id
        ), policy AS (
            SELECT * FROM unnest($3::text[], $4::text[]) AS p(event_type, resend_channels)
        ), claimed AS (
            UPDATE event e SET
                claim_token = gen_random_uuid(),
                lease_until = now() + make_interval(secs => $2),
                claims = e.claims + (e.lease_until IS NOT NULL)::integer,
                resend_count = e.resend_count + (e.lease_until IS NOT NULL AND \(
                    ClaimStatements.mayHaveSent(resendChannels: """
                        string_to_array((SELECT p.resend_channels FROM policy p WHERE p.event_type = e.event_type), ',')
                        """)
                ))::integer,
                states = (
                    SELECT array_agg(CASE
                        WHEN s.state = 'parked' AND (c.notification_id = s.id
                            OR (c.notification_id IS NULL AND e.channels = '{none}'))
                        THEN 'open' ELSE s.state END ORDER BY s.place)
                    FROM unnest(e.states, e.notification_ids) WITH ORDINALITY AS s(state, id, place)
                )
            FROM chosen c
            WHERE e.event_type = c.event_type AND e.dedupe_key = c.dedupe_key
                AND \(ClaimStatements.isFree(grace: 5))
                AND EXISTS (
                    SELECT FROM unnest(e.states, e.notification_ids) AS s(state, id)
                    WHERE s.state = 'open' OR (s.state = 'parked' AND (c.notification_id = s.id
                        OR (c.notification_id IS NULL AND e.channels = '{none}')))
                )
            RETURNING c.id AS parked_id, c.body, c.headers, e.*
        ), waiting AS (
            SELECT d.id, e.event_type IS NULL OR NOT EXISTS (
                    SELECT FROM unnest(e.states, e.notification_ids) AS s(state, id)
                    WHERE CASE WHEN d.notification_id IS NOT NULL
                        THEN s.id = d.notification_id AND s.state <> 'settled'
                        ELSE s.state = 'open' OR (s.state = 'parked' AND e.channels = '{none}') END
                ) AS is_over
            FROM due d LEFT JOIN event e USING (event_type, dedupe_key)
            WHERE d.id NOT IN (SELECT parked_id FROM claimed)
        ), removed AS (
            DELETE FROM parked p USING waiting w WHERE p.id = w.id AND w.is_over
        ), moved AS (
            UPDATE parked p SET due_at = now() + interval '1 second'
            FROM waiting w WHERE p.id = w.id AND NOT w.is_over
        ), held AS (
            UPDATE parked p SET due_at = now() + make_interval(secs => $2), hold = 'lease'
            FROM claimed c WHERE p.id = c.parked_id
        )
        SELECT e.parked_id, e.event_type, e.dedupe_key, e.claim_token, e.body, e.headers,
            \(ClaimStatements.claimed(event: "e"))
        FROM claimed e ORDER BY e.parked_id
        """
}
