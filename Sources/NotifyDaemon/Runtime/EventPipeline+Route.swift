import Database
import DomainEvents
import FoundationEssentials
import NotificationLog
import Pipeline

/// An event, where its notifications go, and by what rules. A reference, since all that follows needs it.
final class EventRoute: Sendable {
    private let identified: IdentifiedEvent
    let recipient: ResolvedRecipient
    let stopped: Set<Channel>
    let decision: RoutingDecision

    init(
        _ identified: IdentifiedEvent,
        recipient: ResolvedRecipient,
        stopped: Set<Channel> = [],
        decision: RoutingDecision
    ) {
        self.identified = identified
        self.recipient = recipient
        self.stopped = stopped
        self.decision = decision
    }

    var event: DomainEvent { identified.event }
    var definition: NotificationDefinition? { identified.definition }

    /// What a first claim fixes.
    var channels: [LogChannel] {
        switch decision {
        case .channels(let routes): routes.map { .channel($0.channel) }
        case .nothing(_, _, let channel): [.channel(channel)]
        case .contactUnknown: [.none]
        }
    }

    /// Its channel, where it has but one; for the metrics.
    var onlyChannel: LogChannel {
        channels.count == 1 ? channels[0] : .none
    }

    /// Those that are to be sent on.
    var deliveryChannels: [Channel] {
        guard case .channels(let routes) = decision else { return [] }
        return routes.compactMap { if case .send = $0.step { $0.channel } else { nil } }
    }

    var resendChannels: [Channel] {
        // Of a type that is unknown here a newer version may have sent something.
        definition?.resendChannels ?? Channel.allCases
    }

    func uncertainPolicy(on channel: LogChannel) -> NotificationDefinition.UncertainPolicy {
        guard case .channel(let channel) = channel else { return .hold }
        return definition?.uncertain[channel] ?? .hold
    }
}

extension NotificationDefinition {
    /// Channels for which an uncertain send is repeated.
    var resendChannels: [Channel] {
        channels.filter { uncertain[$0] == .resend }
    }
}

extension EventPipeline {
    /// Looks up what is known of the recipient and decides.
    func route(_ identified: IdentifiedEvent) async throws(PassageFailure) -> EventRoute {
        guard let definition = identified.definition else {
            let reason = RoutingReason(.typeUnknown, "\(identified.event.type) is not in the catalogue")
            return EventRoute(
                identified,
                recipient: ResolvedRecipient(event: identified.event, contact: nil),
                decision: .contactUnknown(reason)
            )
        }
        let contact = try await contact(of: identified.event)
        let recipient = ResolvedRecipient(event: identified.event, contact: contact)
        let stopped = try await stoppedChannels(recipient)
        let decision = parts.router.decide(
            definition: definition,
            event: identified.event,
            recipient: recipient,
            stopped: stopped,
            now: Date()
        )
        return EventRoute(identified, recipient: recipient, stopped: stopped, decision: decision)
    }

    private func contact(of event: DomainEvent) async throws(PassageFailure) -> ContactSnapshot? {
        guard let recipientID = event.recipientID else { return nil }
        return try await persistently { () async throws(DatabaseError) in
            try await parts.log.contacts.contact(of: recipientID)
        }
    }

    private func stoppedChannels(_ recipient: ResolvedRecipient) async throws(PassageFailure) -> Set<Channel> {
        var stopped: Set<Channel> = []
        for channel in parts.senders.channels {
            guard case .address(let address) = recipient.reachability(on: channel) else { continue }
            let hash = parts.protector.hash(of: address.normalized)
            let isStopped = try await persistently { () async throws(DatabaseError) in
                try await parts.log.suppressions.isSuppressed(hash, on: channel)
            }
            if isStopped { stopped.insert(channel) }
        }
        return stopped
    }

    /// What to do on a channel that a claim, perhaps an earlier one, has fixed.
    func step(
        on channel: LogChannel,
        _ route: EventRoute,
        fixed: [LogChannel]
    ) -> ChannelStep {
        if case .contactUnknown(let reason) = route.decision { return .waitForContact(reason) }
        guard case .channel(let channel) = channel, let definition = route.definition else {
            return .settle(.failed, RoutingReason(.addressMissing, "the notification has no channel"))
        }
        var decision = route.decision
        if route.channels != fixed {
            let channels = fixed.compactMap { if case .channel(let channel) = $0 { channel } else { nil } }
            decision = parts.router.decide(
                definition: definition,
                event: route.event,
                recipient: route.recipient,
                stopped: route.stopped,
                fixed: channels,
                now: Date()
            )
        }
        switch decision {
        case .nothing(let status, let reason, _): return .settle(status, reason)
        case .contactUnknown(let reason): return .waitForContact(reason)
        case .channels(let routes):
            switch routes.first(where: { $0.channel == channel })?.step {
            case .send(let address): return .send(address)
            case .settle(let status, let reason): return .settle(status, reason)
            case nil:
                return .settle(.failed, RoutingReason(.addressMissing, "the channel is no longer in the catalogue"))
            }
        }
    }
}

/// What happens on one channel of a claimed event.
enum ChannelStep: Sendable {
    case send(DeliveryAddress)
    case settle(NotificationStatus, RoutingReason)
    case waitForContact(RoutingReason)
}
