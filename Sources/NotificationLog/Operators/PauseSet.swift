import DomainEvents
import FoundationEssentials

/// What a pause covers; a part that is not given stands for any.
public struct PauseScope: Sendable, Hashable {
    public var eventType: String?
    public var channel: Channel?

    public init(eventType: String? = nil, channel: Channel? = nil) {
        self.eventType = eventType
        self.channel = channel
    }

    /// Whether a notification is covered; without a channel it is a whole event, whose channels are not decided yet and
    /// which a pause by channel therefore does not concern.
    public func covers(eventType: String, channel: Channel?) -> Bool {
        (self.eventType == nil || self.eventType == eventType) && (self.channel == nil || self.channel == channel)
    }
}

/// What an operator stopped, and why.
public struct Pause: Sendable, Hashable {
    public var scope: PauseScope
    public var reason: String?
    public var since: Date
    /// Who paused it.
    public var who: String

    public init(scope: PauseScope, reason: String?, since: Date, who: String) {
        self.scope = scope
        self.reason = reason
        self.since = since
        self.who = who
    }
}

/// Every pause in force at one moment.
public struct PauseSet: Sendable, Hashable {
    /// Oldest first.
    public private(set) var all: [Pause]

    public init(_ pauses: [Pause] = []) {
        all = pauses.sorted { $0.since < $1.since }
    }

    public var isEmpty: Bool { all.isEmpty }

    /// The pause that keeps a notification from being sent, the oldest of several; nil: it may be sent.
    ///
    /// - Parameter channel: nil for a whole event whose channels are not decided yet.
    public func pauses(eventType: String, channel: Channel?) -> Pause? {
        all.first { $0.scope.covers(eventType: eventType, channel: channel) }
    }
}
