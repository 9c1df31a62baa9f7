import Database
import FoundationEssentials

/// Ids for events that bring none: a redelivery takes its first delivery's id back, two equal events keep two.
public struct AnonymousStore: Sendable {
    private let lane: DatabaseLane

    public init(lane: DatabaseLane) {
        self.lane = lane
    }

    /// The id under which this delivery counts, committed before it is used.
    ///
    /// - Parameters:
    ///   - fresh: the id if the message is new.
    ///   - redelivered: the broker says that the message was delivered before. In doubt the fresh id is used, so that
    ///     the event is sent rather than dropped.
    ///   - connection: names the delivering connection, over which each stored id is taken at most once.
    ///   - tag: the delivery's own on it; asked again for the same delivery, the answer is the same.
    public func identify(
        bodyDigest: [UInt8],
        eventType: String,
        fresh: String,
        redelivered: Bool,
        connection: String,
        tag: UInt64
    ) async throws(DatabaseError) -> String {
        let find = """
            UPDATE anonymous_event SET taken_by = $3 WHERE event_id = (
                SELECT event_id FROM anonymous_event
                WHERE body_sha256 = $1 AND event_type = $2 AND acked_at IS NULL
                    AND (taken_by = $3 OR NOT starts_with(taken_by, $4))
                ORDER BY taken_by = $3 DESC, received_at DESC LIMIT 1 FOR UPDATE SKIP LOCKED
            ) RETURNING event_id
            """
        let key: [SQLValue] = [.bytes(bodyDigest), .text(eventType), .text("\(connection)/\(tag)")]
        let search = Statement(find, key + [.text("\(connection)/")])
        if redelivered, let row = try await lane.runUntilCommitted([search])[0].rows.first {
            return try row.text(0)
        }
        let insert = """
            INSERT INTO anonymous_event (body_sha256, event_type, taken_by, event_id) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            """
        _ = try await lane.runUntilCommitted([Statement(insert, key + [.text(fresh)])])
        return fresh
    }

    /// Notes that the broker is known to have the acknowledgement: equal bodies that come later are other events.
    public func acknowledged(_ eventIDs: [String]) async throws(DatabaseError) {
        let sql = "UPDATE anonymous_event SET acked_at = now() WHERE event_id = ANY($1) AND acked_at IS NULL"
        _ = try await lane.run([Statement(sql, [.texts(eventIDs)])])
    }
}
