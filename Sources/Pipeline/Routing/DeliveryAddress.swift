import DomainEvents

/// Where a notification goes: an address of its channel's own kind.
public enum DeliveryAddress: Sendable, Hashable {
    case email(EmailAddress)
    case phone(PhoneNumber)

    public var channel: Channel {
        switch self {
        case .email: .email
        case .phone: .sms
        }
    }

    public var value: String {
        switch self {
        case .email(let email): email.value
        case .phone(let phone): phone.value
        }
    }

    /// One text for all spellings of the same address, to compare and to hash.
    public var normalized: String {
        switch self {
        case .email(let email): email.normalized
        case .phone(let phone): phone.value
        }
    }
}
