import FoundationEssentials

/// How far `notifyd log --follow` has come: where its next look begins, and what of a look is news.
///
/// A change is written down with the time of its statement and seen when it is committed, so an older one may appear
/// behind a younger one. So looks overlap by some seconds, and what was shown within them is not shown again. What a look
/// leaves out for its length is what the next one begins with, without the overlap: it gets on, however much there is.
public struct AuditChanges: Sendable {
    /// A row's place in the order of changes; the id tells rows of one moment apart.
    public struct Place: Sendable, Equatable {
        public var updatedAt: Date
        public var id: UUID
    }

    /// So many rows a look: far more than the overlap has as a rule.
    public static let longestLook = 5000
    /// Seconds between a change and its commit, at most.
    static let overlap = 5.0

    /// The next look takes what lies behind it.
    public private(set) var place: Place
    private var newest: Date
    /// When the rows were changed that are known; as far back as looks may reach.
    private var known: [UUID: Date] = [:]

    /// - Parameter start: Postgres's time; the clock of whoever follows may be another.
    public init(since start: Date) {
        newest = start
        place = Self.beginning(newest)
    }

    /// Rows that were shown otherwise, in the order of changes: no news as long as they stay as they are.
    public mutating func note(_ entries: [AuditEntry]) {
        for entry in entries { known[entry.id] = max(known[entry.id] ?? entry.updatedAt, entry.updatedAt) }
        newest = max(newest, entries.last?.updatedAt ?? newest)
        place = Self.beginning(newest)
    }

    /// - Parameters:
    ///   - entries: what the look behind `place` found, in the order of changes.
    ///   - isFull: whether there may be more of them.
    /// - Returns: those that were not known as they are now.
    public mutating func news(in entries: [AuditEntry], isFull: Bool) -> [AuditEntry] {
        let news = entries.filter { known[$0.id] != $0.updatedAt }
        for entry in news { known[entry.id] = entry.updatedAt }
        if let last = entries.last {
            newest = max(newest, last.updatedAt)
            place = Place(updatedAt: last.updatedAt, id: last.id)
        }
        if !isFull { place = Self.beginning(newest) }
        // Twice as far back as a look begins, so that no rounding of times counts.
        let oldest = newest.addingTimeInterval(-2 * Self.overlap)
        known = known.filter { $0.value >= oldest }
        return news
    }

    private static func beginning(_ newest: Date) -> Place {
        Place(updatedAt: newest.addingTimeInterval(-overlap), id: lowestID)
    }

    private static let lowestID = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
