import Database
import FoundationEssentials

/// What waits for a time, a provider or a person.
public struct Backlog: Sendable, Equatable {
    /// How many, and since when the oldest of them.
    public struct Pile: Sendable, Equatable {
        public var count: Int
        /// nil when there is none.
        public var oldest: Date?

        public init(count: Int = 0, oldest: Date? = nil) {
            self.count = count
            self.oldest = oldest
        }
    }

    /// Parked notifications and whole events, those that are taken up just now left out.
    public var parked = Pile()
    /// Sent or not, nobody knows.
    public var uncertain = Pile()
    /// Those that were not replayed.
    public var deadLetters = Pile()

    public init() {}
}

extension AuditQueries {
    /// Counts what waits, in one statement; tried once, so that the caller decides what an outage means.
    public func backlog() async throws(DatabaseError) -> Backlog {
        let row = try await lane.run([Statement(Self.backlogSQL)])[0].rows[0]
        var backlog = Backlog()
        backlog.parked = try Self.pile(in: row, at: 0)
        backlog.uncertain = try Self.pile(in: row, at: 2)
        backlog.deadLetters = try Self.pile(in: row, at: 4)
        return backlog
    }

    private static func pile(in row: ResultRow, at first: Int) throws(DatabaseError) -> Backlog.Pile {
        Backlog.Pile(count: Int(try row.integer(first)), oldest: try row.optionalTimestamp(first + 1))
    }

    /// Each count goes by the partial index of its kind, and the oldest is the first in an index: what is on hold for
    /// another reason, however much, is not read. What is parked keeps its row until it settles, so that its number
    /// and its time rise together.
    private static let backlogSQL = """
        SELECT (SELECT count(*) FROM parked WHERE hold = 'due' AND due_at < 'infinity')
                + (SELECT count(*) FROM parked WHERE hold = 'breaker')
                + (SELECT count(*) FROM parked WHERE hold = 'paused'),
            (SELECT parked_at FROM parked WHERE hold IN ('due', 'breaker', 'paused') ORDER BY id LIMIT 1),
            (SELECT count(*) FROM parked WHERE hold = 'uncertain'),
            (SELECT min(parked_at) FROM parked WHERE hold = 'uncertain'),
            (SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL),
            (SELECT min(died_at) FROM dead_letter WHERE replayed_at IS NULL)
        """
}
