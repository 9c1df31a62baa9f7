/// What came of one dead letter that an operator wanted replayed or dropped.
public struct DeadLetterOutcome: Sendable, Equatable {
    /// Why nothing was done.
    public enum Skip: Sendable, Hashable {
        /// It was replayed before and has not died again.
        case alreadyReplayed
        /// Its notification is being worked on now.
        case claimed
        /// Its notification, or another dead letter of the same event, waits in `parked`.
        case parked
        /// Whether its notification was sent is for `notifyd uncertain resolve` to say.
        case uncertain
        /// Its notification ended otherwise meanwhile, with this status.
        case ended(status: String)
        /// Its event has other notifications now.
        case superseded
        /// There is no such dead letter (any more).
        case missing
    }

    public var id: Int64
    /// Nil: it was done.
    public var skip: Skip?

    public init(id: Int64, skip: Skip? = nil) {
        self.id = id
        self.skip = skip
    }
}

extension DeadLetterOutcome.Skip {
    /// Reads the word of `ReplayStatements.judged`.
    init(word: String) {
        switch word {
        case "replayed": self = .alreadyReplayed
        case "open": self = .claimed
        case "parked": self = .parked
        case "uncertain": self = .uncertain
        case "superseded": self = .superseded
        default: self = .ended(status: word)
        }
    }
}
