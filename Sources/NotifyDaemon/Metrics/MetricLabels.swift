import DomainEvents
import NotificationLog
import Pipeline

/// What tells the series of `notifyd_notifications_total` apart; `values` are in the description's order, here and below.
struct NotificationLabels: Hashable, Sendable {
    /// Bounded: of the catalogue, or `other`.
    var eventType: String
    var channel: LogChannel
    var outcome: NotificationStatus

    var values: [String] { [eventType, channel.rawValue, outcome.rawValue] }
}

struct ReasonLabels: Hashable, Sendable {
    var channel: LogChannel
    var reason: ReasonLabel

    var values: [String] { [channel.rawValue, reason.text] }
}

struct DuplicateLabels: Hashable, Sendable {
    var channel: LogChannel
    var reason: DuplicateReason

    var values: [String] { [channel.rawValue, reason.rawValue] }
}

struct FailureLabels: Hashable, Sendable {
    var provider: String
    var reason: ReasonLabel

    var values: [String] { [provider, reason.text] }
}

/// Why an event that came again was not sent again.
enum DuplicateReason: String, Sendable, CaseIterable {
    /// All its notifications are settled, parked or on hold.
    case settled
    /// Another owner works on it: a copy was parked until that one's lease ends.
    case claimedElsewhere = "claimed_elsewhere"
    /// Parked before it could be read, it turned out to be a fact that has its own row.
    case sameFact = "same_fact"
}

extension LogChannel {
    static let all: [LogChannel] = [.channel(.email), .channel(.sms), .none]
}
