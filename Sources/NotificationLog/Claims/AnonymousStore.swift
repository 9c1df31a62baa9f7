import Database
import FoundationEssentials
import Reactor

/// Ids for events that bring none: a redelivery takes its first delivery's id back, two equal events keep two.
public struct AnonymousStore: Sendable {
    /// So long a redelivery waits to learn whether an equal message is still in work elsewhere.
    public static let longestDoubt = Duration.seconds(15)
    private static let look = Duration.milliseconds(500)

    private let lane: DatabaseLane
    private let reactor: Reactor
    private let longestDoubt: Duration

    public init(lane: DatabaseLane, reactor: Reactor, longestDoubt: Duration = Self.longestDoubt) {
        self.lane = lane
        self.reactor = reactor
        self.longestDoubt = longestDoubt
    }

    /// The id under which this delivery counts, committed before it is used.
    ///
    /// An id can be taken back once the delivery that has it is gone: its process has no session at Postgres any more,
    /// or gave it up. While that is in doubt the redelivery waits. Then an id is still its own whose event nobody works on
    /// (settled, parked, or its lease ran out), since a delivery that was acknowledged would be known as such by now: a
    /// session may outlive its process for hours where the network went dead. Else it is sent rather than dropped.
    /// - Returns: nil once the delivery is gone.
    /// - Parameters:
    ///   - fresh: the id if the message is new.
    ///   - redelivered: the broker says that the message was delivered before.
    ///   - connection: `instance/number`, names the delivering connection, over which each id is taken at most once.
    ///   - tag: the delivery's own on it; asked again for the same delivery, the answer is the same.
    ///   - isHeld: whether the delivery still waits for its settlement; asked while it is in doubt.
    public func identify(
        bodyDigest: [UInt8],
        eventType: String,
        fresh: String,
        redelivered: Bool,
        connection: String,
        tag: UInt64,
        isHeld: @Sendable () async -> Bool
    ) async throws(DatabaseError) -> String? {
        let delivery = "\(connection)/\(tag)"
        let key: [SQLValue] = [.bytes(bodyDigest), .text(eventType), .text(delivery)]
        if redelivered {
            switch try await takeBack(key, connection: connection, isHeld) {
            case .taken(let id): return id
            case .gone: return nil
            case .nobodys: break
            }
        }
        let insert = """
            INSERT INTO anonymous_event (body_sha256, event_type, taken_by, event_id) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            """
        _ = try await lane.runUntilCommitted([Statement(insert, key + [.text(fresh)])])
        return fresh
    }

    private enum TakenBack {
        case taken(String)
        /// No equal message is without its acknowledgement, or whether it is cannot be told.
        case nobodys
        case gone
    }

    private func takeBack(
        _ key: [SQLValue],
        connection: String,
        _ isHeld: @Sendable () async -> Bool
    ) async throws(DatabaseError) -> TakenBack {
        let deadline = ContinuousClock.now + longestDoubt
        let instance = connection.prefix { $0 != "/" }
        let mine: [SQLValue] = [.text("\(connection)/"), .text("\(instance)/")]
        let others = Statement(Self.others, [key[0], key[1], .text("\(connection)/")])
        while true {
            let isLastLook = .now >= deadline
            let take = Statement(Self.take, key + mine + [.boolean(isLastLook)])
            let tables = try await lane.runUntilCommitted([take, others])
            if let row = tables[0].rows.first { return .taken(try row.text(0)) }
            guard try tables[1].rows[0].boolean(0), !isLastLook else { return .nobodys }
            guard (try? await reactor.sleep(for: Self.look)) != nil, await isHeld() else { return .gone }
        }
    }

    /// Notes that the broker is known to have the acknowledgement: equal bodies that come later are other events.
    public func acknowledged(_ eventIDs: [String]) async throws(DatabaseError) {
        let sql = "UPDATE anonymous_event SET acked_at = now() WHERE event_id = ANY($1) AND acked_at IS NULL"
        _ = try await lane.runUntilCommitted([Statement(sql, [.texts(eventIDs)])])
    }

    /// Their deliveries are gone: redeliveries may take the ids back at once.
    public func giveUp(_ eventIDs: [String]) async throws(DatabaseError) {
        let sql = "UPDATE anonymous_event SET taken_by = '' WHERE event_id = ANY($1) AND acked_at IS NULL"
        _ = try await lane.runUntilCommitted([Statement(sql, [.texts(eventIDs)])])
    }

    /// The newest that nobody has any more; what is settled only after what is not, for its acknowledgement may have
    /// reached the broker before the connection broke, and then it is another message that comes. Just after its start the
    /// server does not know yet who is there.
    private static let take = """
        UPDATE anonymous_event SET taken_by = $3 WHERE event_id = (
            SELECT event_id FROM anonymous_event
            WHERE body_sha256 = $1 AND event_type = $2 AND acked_at IS NULL AND (
                taken_by IN ($3, '') OR (NOT starts_with(taken_by, $4) AND (starts_with(taken_by, $5) OR (
                    now() > pg_postmaster_start_time() + interval '10 seconds' AND NOT EXISTS (
                        SELECT FROM pg_stat_activity a
                        WHERE a.application_name LIKE '%/' || split_part(taken_by, '/', 1)
                    )
                ) OR ($6 AND EXISTS (
                    SELECT FROM event WHERE event_type = $2 AND dedupe_key = 'id:' || anonymous_event.event_id
                        AND (lease_until IS NULL OR lease_until < now())
                ))))
            )
            ORDER BY taken_by = $3 DESC, EXISTS (
                SELECT FROM event WHERE event_type = $2 AND dedupe_key = 'id:' || anonymous_event.event_id
                    AND 'settled' = ALL(states)
            ), received_at DESC LIMIT 1 FOR UPDATE SKIP LOCKED
        ) RETURNING event_id
        """

    /// Whether another connection has an equal message in work, or had when it ended.
    private static let others = """
        SELECT EXISTS (SELECT FROM anonymous_event WHERE body_sha256 = $1 AND event_type = $2
            AND acked_at IS NULL AND NOT starts_with(taken_by, $3))
        """
}
