/// The `status` of a notification in the audit log.
public enum NotificationStatus: String, Sendable, Hashable, Codable, CaseIterable {
    /// The provider accepted it.
    case sent
    /// The provider's later word: it arrived.
    case delivered
    /// The provider's later word: it came back.
    case bounced
    /// Parked until its next attempt, or until its provider is back.
    case retrying
    case failed
    /// The event is poison.
    case rejected
    case expired
    case suppressed
    /// Sent or not, nobody knows; held until an operator resolves it.
    case uncertain
    /// Parked until an operator resumes it.
    case paused

    /// Whether the notification's own story goes on without an operator or a provider's later word.
    public var isPending: Bool {
        switch self {
        case .retrying, .paused: true
        case .sent, .delivered, .bounced, .failed, .rejected, .expired, .suppressed, .uncertain: false
        }
    }
}
