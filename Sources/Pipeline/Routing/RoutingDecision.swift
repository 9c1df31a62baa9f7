import DomainEvents

/// What routing makes of one event.
public enum RoutingDecision: Sendable, Equatable {
    /// One route a channel, at least one; these are the channels the first claim fixes.
    case channels([ChannelRoute])
    /// Nothing is to be sent on any channel; the row says `expired`, `suppressed` or `failed`, on this channel.
    case nothing(NotificationStatus, RoutingReason, channel: Channel)
    /// No contact row yet, and the event does not say where to: transient, the event itself is parked.
    case contactUnknown(RoutingReason)
}

/// What happens on one of an event's channels.
public struct ChannelRoute: Sendable, Equatable {
    public enum Step: Sendable, Equatable {
        case send(DeliveryAddress)
        /// Settled without a send: `failed` for its address, `suppressed` by `delivery.only` or a STOP.
        case settle(NotificationStatus, RoutingReason)
    }

    public var channel: Channel
    public var step: Step

    public init(channel: Channel, step: Step) {
        self.channel = channel
        self.step = step
    }
}
