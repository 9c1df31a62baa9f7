import Database

/// Who does something, and what is kept of it in `operator_action` beside the targets.
public struct OperatorNote: Sendable, Equatable {
    public var who: String
    /// What was asked for, as text: filters or the way to resolve.
    public var filter: String?
    public var reason: String?

    public init(who: String, filter: String? = nil, reason: String? = nil) {
        self.who = who
        self.filter = filter
        self.reason = reason
    }

    /// The values of `columns`.
    var parameters: [SQLValue] { [.text(who), .optional(filter), .optional(reason)] }

    static let columns = "who, filter, reason"

    /// The same values in a statement whose parameters they end, the first at place `first`.
    static func places(from first: Int) -> String {
        "$\(first)::text, $\(first + 1)::text, $\(first + 2)::text"
    }
}

extension DatabaseLane {
    /// Runs one transaction of an operator's once; a deadlock, of which nothing was kept, is tried again.
    ///
    /// Not over lost connections: whether the commit went through is then told by `operator_action`, and what was done
    /// is skipped by a second run.
    func runOnce(_ statements: [Statement]) async throws(DatabaseError) -> [ResultTable] {
        var triesLeft = 10
        while true {
            do throws(DatabaseError) {
                return try await run(statements)
            } catch {
                triesLeft -= 1
                guard error.isRetriable, triesLeft > 0 else { throw error }
            }
        }
    }
}
