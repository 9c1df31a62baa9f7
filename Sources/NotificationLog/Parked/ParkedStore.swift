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

/// How much to take up at a time.
public struct TakeOrder: Sendable {
    /// What waits for a channel's provider.
    public struct Waiting: Sendable, Equatable {
        /// At most so many.
        public var limit: Int
        /// Their provider is back: they need not wait until it would have been probed.
        public var ignoresDueTime: Bool

        public init(limit: Int, ignoresDueTime: Bool = false) {
            self.limit = limit
            self.ignoresDueTime = ignoresDueTime
        }
    }

    /// Events at most of what waits for a time.
    public var limit: Int
    /// Of those that wait for a provider; a channel that is not named has no provider to wait for.
    public var waiting: [Channel: Waiting]
    /// For each event type the channels for which taking over an expired claim counts as a resend.
    public var resendChannels: [String: [Channel]]

    public init(limit: Int, waiting: [Channel: Waiting] = [:], resendChannels: [String: [Channel]] = [:]) {
        self.limit = limit
        self.waiting = waiting
        self.resendChannels = resendChannels
    }
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

    /// Claims what is due, oldest first.
    ///
    /// A copy whose event is settled is removed, one whose event is still being worked on waits on; a lease that ran
    /// out is taken over.
    public func takeDue(_ order: TakeOrder) async throws(DatabaseError) -> [DueEvent] {
        let statement = TakeStatement.statement(order, lease: lease, grace: await grace.parameters(for: lane))
        let rows = try await lane.run([statement])[0].rows
        var due: [DueEvent] = []
        for row in rows { due.append(try Self.dueEvent(row)) }
        return due
    }

    /// When the next one is due that waits for a time alone, seen from now by Postgres's clock; nil: none does.
    public func timeToNextDue() async throws(DatabaseError) -> Duration? {
        let sql = """
            SELECT CASE WHEN min(due_at) IS NOT NULL
                THEN greatest(0, extract(epoch FROM min(due_at) - clock_timestamp())) END::float8
            FROM parked WHERE hold <> 'breaker' AND due_at < 'infinity'
            """
        let rows = try await lane.run([Statement(sql)])[0].rows
        return try rows.first?.double(0).map { .milliseconds(Int64($0 * 1000)) }
    }

    /// Whether at least so many notifications wait for a due time or a provider.
    public func areWaiting(atLeast count: Int) async throws(DatabaseError) -> Bool {
        let sql = """
            SELECT count(*) >= $1 FROM (SELECT FROM parked WHERE hold IN ('due', 'breaker') LIMIT $1) AS waiting
            """
        return try await lane.run([Statement(sql, [.integer(Int64(count))])])[0].rows[0].boolean(0)
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
}
