import Database
import FoundationEssentials

/// Marks messages while they are in work, so that one that crashes the program is known by its marks.
public struct QuarantineStore: Sendable {
    /// With so many marks, or claims, a message is not tried again.
    public static let limit = 5

    private let lane: DatabaseLane

    public init(lane: DatabaseLane) {
        self.lane = lane
    }

    /// Marks the message, in a commit, before anything is done with it.
    ///
    /// - Parameters:
    ///   - digest: the SHA-256 of routing key and body.
    ///   - first: the count a message without a mark gets.
    ///   - token: the same for the same mark, fresh for another.
    /// - Returns: its marks, this one included.
    public func mark(_ digest: [UInt8], first: Int, token: UUID) async throws(DatabaseError) -> Int {
        let sql = """
            INSERT INTO quarantine AS q (message_sha256, marks, token) VALUES ($1, $2, $3)
            ON CONFLICT (message_sha256) DO UPDATE SET
                marks = q.marks + (q.token <> excluded.token)::integer, token = excluded.token, marked_at = now()
            RETURNING marks
            """
        let parameters: [SQLValue] = [.bytes(digest), .integer(Int64(first)), .uuid(token)]
        return Int(try await lane.runUntilCommitted([Statement(sql, parameters)])[0].rows[0].integer(0))
    }

    /// The message came through: settled, parked or given back.
    ///
    /// Forgets old marks as well, whose messages were never seen again.
    public func unmark(_ digest: [UInt8]) async throws(DatabaseError) {
        let sql = "DELETE FROM quarantine WHERE message_sha256 = $1 OR marked_at < now() - interval '30 days'"
        _ = try await lane.runUntilCommitted([Statement(sql, [.bytes(digest)])])
    }
}
