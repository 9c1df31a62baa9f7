import DomainEvents

/// The recipient of one event: the event's own contact fields over what the contacts know.
///
/// A field the event carries counts for its own notification also when the contact has a newer one.
public struct ResolvedRecipient: Sendable, Equatable {
    /// What is known of the address for a channel.
    public enum Reachability: Sendable, Equatable {
        case address(DeliveryAddress)
        case invalid(RoutingReason)
        /// Known to have none.
        case missing
        /// Nobody has said yet: no contact row, and the event does not tell.
        case unknown
    }

    public var recipient: Recipient
    public var email: Reachability
    public var phone: Reachability
    public var optOut: Set<String>

    /// - Parameter contact: nil where there is no row.
    public init(event: DomainEvent, contact: ContactSnapshot?) {
        // Without an id no contact can ever turn up.
        let mayTurnUp = contact == nil && event.recipientID != nil
        let fields = event.contact
        email = Self.reach(fields.email, contact?.email, mayTurnUp) { text in
            EmailAddress(text).map { .address(.email($0)) }
                ?? .invalid(RoutingReason(.addressInvalid, EmailAddress.problem(with: text) ?? "no address"))
        }
        phone = Self.reach(fields.phone, contact?.phone, mayTurnUp) { text in
            PhoneNumber(text).map { .address(.phone($0)) }
                ?? .invalid(RoutingReason(.addressInvalid, PhoneNumber.problem(with: text) ?? "no number"))
        }
        optOut = contact?.optOut ?? []

        let usable = fields.storable
        recipient = Recipient(
            id: event.recipientID,
            name: usable.name.over(contact?.name),
            locale: usable.locale.over(contact?.locale),
            timezone: usable.timezone.over(contact?.timezone),
            preferredChannel: usable.preferredChannel.over(contact?.preferredChannel?.rawValue)
                .flatMap(Channel.init(rawValue:))
        )
        if case .address(.email(let address)) = email { recipient.email = address }
        if case .address(.phone(let number)) = phone { recipient.phone = number }
    }

    public func reachability(on channel: Channel) -> Reachability {
        switch channel {
        case .email: email
        case .sms: phone
        }
    }

    private static func reach(
        _ field: ContactField<String>,
        _ stored: String?,
        _ mayTurnUp: Bool,
        _ check: (String) -> Reachability
    ) -> Reachability {
        switch field {
        case .value(let text): check(text)
        case .removed: .missing
        case .absent: stored.map(check) ?? (mayTurnUp ? .unknown : .missing)
        }
    }
}

extension ContactField {
    /// The event's value, none where it says null, else what is stored.
    fileprivate func over(_ stored: Value?) -> Value? {
        switch self {
        case .value(let value): value
        case .removed: nil
        case .absent: stored
        }
    }
}
