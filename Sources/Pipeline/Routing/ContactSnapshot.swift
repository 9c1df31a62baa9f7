import DomainEvents

/// What the contacts know of a recipient when a notification is routed; a row that was emptied has nothing in it.
public struct ContactSnapshot: Sendable, Equatable {
    public var email: String?
    public var phone: String?
    public var name: String?
    public var locale: String?
    public var preferredChannel: Channel?
    public var timezone: String?
    /// Categories the recipient does not want.
    public var optOut: Set<String>

    public init(
        email: String? = nil,
        phone: String? = nil,
        name: String? = nil,
        locale: String? = nil,
        preferredChannel: Channel? = nil,
        timezone: String? = nil,
        optOut: Set<String> = []
    ) {
        self.email = email
        self.phone = phone
        self.name = name
        self.locale = locale
        self.preferredChannel = preferredChannel
        self.timezone = timezone
        self.optOut = optOut
    }
}
