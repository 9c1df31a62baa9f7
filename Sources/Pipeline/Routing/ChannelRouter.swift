import DomainEvents
import FoundationEssentials

/// Decides on which channels an event's notification goes out, or why on none.
public struct ChannelRouter: Sendable {
    /// Channels with a configured provider; open breakers and pauses do not count.
    public var availableProviders: Set<Channel>
    /// nil: everybody.
    public var deliveryOnly: DeliveryOnly?

    public init(availableProviders: Set<Channel>, deliveryOnly: DeliveryOnly? = nil) {
        self.availableProviders = availableProviders
        self.deliveryOnly = deliveryOnly
    }

    /// - Parameters:
    ///   - stopped: channels on which this recipient's address said STOP.
    ///   - fixed: the channels that the first claim fixed; nil while none did.
    public func decide(
        definition: NotificationDefinition,
        event: DomainEvent,
        recipient: ResolvedRecipient,
        stopped: Set<Channel> = [],
        fixed: [Channel]? = nil,
        now: Date
    ) -> RoutingDecision {
        let candidates = fixed ?? order(definition.channels, preferring: recipient.recipient.preferredChannel)
        guard let first = candidates.first else {
            let reason = RoutingReason(.addressMissing, "the notification has no channels")
            return .nothing(.failed, reason, channel: .email)
        }
        if !definition.enabled {
            let reason = RoutingReason(.typeDisabled, "\(definition.type) is disabled in the catalogue")
            return .nothing(.suppressed, reason, channel: first)
        }
        if let reason = NotificationExpiry.reason(definition: definition, event: event, now: now) {
            return .nothing(.expired, reason, channel: first)
        }
        if let reason = optOut(definition.category, recipient) {
            return .nothing(.suppressed, reason, channel: first)
        }
        let findings = candidates.map { examine($0, recipient, stopped) }
        if fixed != nil {
            return .channels(findings.map(route))
        }
        return choose(definition.deliver, among: findings)
    }

    // MARK: One channel

    private func examine(
        _ channel: Channel,
        _ recipient: ResolvedRecipient,
        _ stopped: Set<Channel>
    ) -> ChannelFinding {
        guard availableProviders.contains(channel) else {
            let reason = RoutingReason(.addressMissing, "no provider is configured for \(channel.rawValue)")
            return .obstructed(channel, .missing, reason)
        }
        switch recipient.reachability(on: channel) {
        case .address(let address):
            guard !stopped.contains(channel) else {
                let reason = RoutingReason(.contactStopped, "the recipient said STOP on \(channel.rawValue)")
                return .obstructed(channel, .stopped, reason)
            }
            return .usable(channel, address)
        case .invalid(let reason):
            return .obstructed(channel, .invalid, reason)
        case .missing:
            let reason = RoutingReason(.addressMissing, "the recipient has no address for \(channel.rawValue)")
            return .obstructed(channel, .missing, reason)
        case .unknown:
            let reason = RoutingReason(.contactUnknown, "no contact is known for the event's userId yet")
            return .obstructed(channel, .unknown, reason)
        }
    }

    private func route(_ finding: ChannelFinding) -> ChannelRoute {
        switch finding {
        case .usable(let channel, let address):
            let refusal = deliveryOnly?.reason(against: address)
            return ChannelRoute(channel: channel, step: refusal.map { .settle(.suppressed, $0) } ?? .send(address))
        case .obstructed(let channel, .stopped, let reason):
            return ChannelRoute(channel: channel, step: .settle(.suppressed, reason))
        case .obstructed(let channel, _, let reason):
            return ChannelRoute(channel: channel, step: .settle(.failed, reason))
        }
    }

    // MARK: All channels

    /// `delivery.only` is asked after the choice: staging takes the way that production would, or none.
    private func choose(
        _ deliver: NotificationDefinition.Deliver,
        among findings: [ChannelFinding]
    ) -> RoutingDecision {
        guard let first = findings.first(where: \.isUsable) else { return nothingUsable(findings) }
        switch deliver {
        case .preferred:
            return .channels([route(first)])
        case .all:
            // A wrong address is somebody's to correct and gets its row; a channel that was never there gets none.
            return .channels(findings.filter(\.deservesRow).map(route))
        }
    }

    /// Of several obstacles the one that says most decides: see `ChannelFinding.Obstacle`.
    private func nothingUsable(_ findings: [ChannelFinding]) -> RoutingDecision {
        let obstructed = findings.compactMap(\.obstruction)
        guard let worst = obstructed.min(by: { $0.obstacle.rawValue < $1.obstacle.rawValue }) else {
            return .nothing(.failed, RoutingReason(.addressMissing, "the recipient has no address"), channel: .email)
        }
        switch worst.obstacle {
        case .unknown: return .contactUnknown(worst.reason)
        case .stopped: return .nothing(.suppressed, worst.reason, channel: worst.channel)
        case .invalid, .missing: return .nothing(.failed, worst.reason, channel: worst.channel)
        }
    }

    private func optOut(
        _ category: NotificationDefinition.Category,
        _ recipient: ResolvedRecipient
    ) -> RoutingReason? {
        guard category != .transactional, recipient.optOut.contains(category.rawValue) else { return nil }
        return RoutingReason(.contactOptedOut, "the recipient opted out of \(category.rawValue) notifications")
    }

    private func order(_ channels: [Channel], preferring preferred: Channel?) -> [Channel] {
        guard let preferred, channels.contains(preferred) else { return channels }
        return [preferred] + channels.filter { $0 != preferred }
    }
}
