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
    /// What the first look left out lies before it and is not asked for.
    private let floor: Place?
    private var newest: Date
    /// When the rows were changed that were shown; as far back as looks may reach.
    private var shown: [UUID: Date]

    /// - Parameters:
    ///   - start: Postgres's time before it was asked for `entries`; the clock of whoever follows may be another.
    ///   - entries: what the first look showed, in the order of changes.
    ///   - isAll: whether there were no older ones.
    public init(since start: Date, shown entries: [AuditEntry], isAll: Bool) {
        newest = max(start, entries.last?.updatedAt ?? start)
        floor = isAll ? nil : entries.first.map { Place(updatedAt: $0.updatedAt, id: $0.id) }
        shown = Dictionary(entries.map { ($0.id, $0.updatedAt) }, uniquingKeysWith: max)
        place = Self.beginning(newest, floor)
    }

    /// - Parameters:
    ///   - entries: what the look behind `place` found, in the order of changes.
    ///   - isFull: whether there may be more of them.
    /// - Returns: those that were not shown as they are now.
    public mutating func news(in entries: [AuditEntry], isFull: Bool) -> [AuditEntry] {
        let news = entries.filter { shown[$0.id] != $0.updatedAt }
        for entry in news { shown[entry.id] = entry.updatedAt }
        if let last = entries.last {
            newest = max(newest, last.updatedAt)
            place = Place(updatedAt: last.updatedAt, id: last.id)
        }
        if !isFull { place = Self.beginning(newest, floor) }
        // Twice as far back as a look begins, so that no rounding of times counts.
        let oldest = newest.addingTimeInterval(-2 * Self.overlap)
        shown = shown.filter { $0.value >= oldest }
        return news
    }

    private static func beginning(_ newest: Date, _ floor: Place?) -> Place {
        let early = Place(updatedAt: newest.addingTimeInterval(-overlap), id: lowestID)
        guard let floor, floor.updatedAt >= early.updatedAt else { return early }
        return floor
    }

    private static let lowestID = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
