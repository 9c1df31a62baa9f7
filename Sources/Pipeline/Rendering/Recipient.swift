import DomainEvents

/// The person a message is for, as the event and the contacts describe them.
public struct Recipient: Sendable, Equatable {
    public var id: String?
    public var email: EmailAddress?
    public var phone: PhoneNumber?
    /// As it came; shown only if `DisplayName` accepts it.
    public var name: String?
    /// A language tag such as `de-AT`.
    public var locale: String?
    /// An IANA name such as `Europe/Berlin`.
    public var timezone: String?
    public var preferredChannel: Channel?

    public init(
        id: String? = nil,
        email: EmailAddress? = nil,
        phone: PhoneNumber? = nil,
        name: String? = nil,
        locale: String? = nil,
        timezone: String? = nil,
        preferredChannel: Channel? = nil
    ) {
        self.id = id
        self.email = email
        self.phone = phone
        self.name = name
        self.locale = locale
        self.timezone = timezone
        self.preferredChannel = preferredChannel
    }
}
