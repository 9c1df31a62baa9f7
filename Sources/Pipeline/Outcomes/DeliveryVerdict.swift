import DomainEvents

/// What came of one attempt to send, as the outcome table understands it.
///
/// The text beside a code is one line without an address or a secret, at most about 300 characters.
public enum DeliveryVerdict: Sendable, Equatable {
    case accepted(providerMessageID: String?)
    /// Definitely not sent; the same may work later.
    case transient(ErrorCode, String, retryAfter: Duration?)
    /// Definitely not sent, and never will be to this recipient.
    case permanent(ErrorCode, String)
    /// The recipient told the provider to stop.
    case stopped(ErrorCode, String)
    /// Definitely not sent, for a reason that lies with us: every message would meet it.
    case refused(ErrorCode, String)
    /// The last byte went out and no answer says what became of it.
    case uncertain(ErrorCode, String)
    /// Given up before the last byte because the task was cancelled.
    case abandoned
    /// Not begun: the provider takes no more at a time. No attempt.
    case throttled(ErrorCode, String)

    /// nil for what needs no explanation.
    public var code: ErrorCode? {
        switch self {
        case .accepted, .abandoned: nil
        case .transient(let code, _, _), .permanent(let code, _), .stopped(let code, _), .refused(let code, _),
            .uncertain(let code, _), .throttled(let code, _):
            code
        }
    }

    public var detail: String? {
        switch self {
        case .accepted, .abandoned: nil
        case .transient(_, let detail, _), .permanent(_, let detail), .stopped(_, let detail), .refused(_, let detail),
            .uncertain(_, let detail), .throttled(_, let detail):
            detail
        }
    }
}
