import Database
import FoundationEssentials

/// A notification of which nobody knows whether it was sent.
public struct UncertainEntry: Sendable {
    public var notificationID: UUID
    public var eventID: String
    public var eventType: String
    public var channel: String
    public var recipientID: String?
    public var addressMasked: String?
    public var provider: String?
    public var attempts: Int
    public var errorCode: String?
    public var error: String?
    /// Since when it is on hold.
    public var since: Date
}

/// What an operator found out about an uncertain notification.
public enum UncertainResolution: String, Sendable {
    /// It arrived: nothing is sent any more.
    case sent
    /// It did not, or twice is better than never: it is sent again, under the same stable id.
    case resend
}

/// What came of resolving what one id names.
public struct UncertainOutcome: Sendable, Equatable {
    public enum Skip: Sendable, Hashable {
        /// Nothing is known under this id.
        case missing
        /// It is uncertain, and cannot be sent again since its body is gone.
        case bodyGone
        /// Its notifications are not uncertain; the status of one of them.
        case other(status: String)
    }

    /// As the operator gave it: a notification's or an event's.
    public var term: String
    public var resolved: [UUID]
    /// Nil: something was resolved.
    public var skip: Skip?

    public init(term: String, resolved: [UUID], skip: Skip?) {
        self.term = term
        self.resolved = resolved
        self.skip = skip
    }
}

/// Lists what is uncertain, and ends it as an operator decides.
public struct UncertainStore: Sendable {
    private let lane: DatabaseLane

    public init(lane: DatabaseLane) {
        self.lane = lane
    }

    /// The longest waiting first.
    public func entries(eventType: String?, limit: Int) async throws(DatabaseError) -> [UncertainEntry] {
        let parameters: [SQLValue] = [.optional(eventType), .integer(Int64(limit))]
        var entries: [UncertainEntry] = []
        for row in try await lane.run([Statement(UncertainStatements.list, parameters)])[0].rows {
            entries.append(
                UncertainEntry(
                    notificationID: try row.uuid(0),
                    eventID: try row.text(1),
                    eventType: try row.text(2),
                    channel: try row.text(3),
                    recipientID: try row.optionalText(4),
                    addressMasked: try row.optionalText(5),
                    provider: try row.optionalText(6),
                    attempts: Int(try row.integer(7)),
                    errorCode: try row.optionalText(8),
                    error: try row.optionalText(9),
                    since: try row.timestamp(10)
                )
            )
        }
        return entries
    }

    /// One transaction for all of them, which records itself; what is no longer uncertain is left as it is.
    ///
    /// - Parameter terms: ids of notifications, or of events, which stand for all their uncertain notifications.
    /// - Returns: an outcome for each, in order.
    public func resolve(
        _ terms: [String],
        as resolution: UncertainResolution,
        note: OperatorNote
    ) async throws(DatabaseError) -> [UncertainOutcome] {
        let asked: [SQLValue] = [.texts(terms), .uuids(terms.map { UUID(uuidString: $0) })]
        let sql = resolution == .sent ? UncertainStatements.sent : UncertainStatements.resend
        let tables = try await lane.runOnce([
            Statement(UncertainStatements.lockEvents, asked), Statement(sql, asked + note.parameters),
        ])
        var outcomes: [String: UncertainOutcome] = [:]
        for row in tables[1].rows {
            let term = try row.text(0)
            let resolved = try row.uuids(1) ?? []
            let status = try row.optionalText(2)
            let skip = resolved.isEmpty ? UncertainOutcome.Skip(status: status) : nil
            outcomes[term] = UncertainOutcome(term: term, resolved: resolved, skip: skip)
        }
        return terms.map { outcomes[$0] ?? UncertainOutcome(term: $0, resolved: [], skip: .missing) }
    }
}

extension UncertainOutcome.Skip {
    /// - Parameter status: of a notification that was not resolved.
    fileprivate init(status: String?) {
        switch status {
        case nil: self = .missing
        case "uncertain"?: self = .bodyGone
        case let status?: self = .other(status: status)
        }
    }
}
