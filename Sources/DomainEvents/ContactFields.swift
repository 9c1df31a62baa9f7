/// What an event says about one field of its recipient's contact.
public enum ContactField<Value: Sendable & Equatable>: Sendable, Equatable {
    /// Not mentioned: what is known stays.
    case absent
    /// JSON null in `user.updated`: what is known is removed.
    case removed
    case value(Value)

    /// The value where there is one.
    public var value: Value? {
        if case .value(let value) = self { value } else { nil }
    }
}

/// The contact fields an event carries for its recipient, as it wrote them: a value may be an invalid address.
public struct ContactFields: Sendable, Equatable {
    public var email: ContactField<String>
    public var phone: ContactField<String>
    public var name: ContactField<String>
    public var locale: ContactField<String>
    public var preferredChannel: ContactField<String>
    public var timezone: ContactField<String>
    /// Categories of notifications the recipient does not want; carried by `user.updated` only.
    public var optOut: ContactField<[String]>

    public init(
        email: ContactField<String> = .absent,
        phone: ContactField<String> = .absent,
        name: ContactField<String> = .absent,
        locale: ContactField<String> = .absent,
        preferredChannel: ContactField<String> = .absent,
        timezone: ContactField<String> = .absent,
        optOut: ContactField<[String]> = .absent
    ) {
        self.email = email
        self.phone = phone
        self.name = name
        self.locale = locale
        self.preferredChannel = preferredChannel
        self.timezone = timezone
        self.optOut = optOut
    }

    public var isEmpty: Bool { self == ContactFields() }

    /// What a contact may keep of these fields.
    ///
    /// An address that is not one is as if it had not been mentioned (a contact never stores such an address, and a typing
    /// error must not cost the recipient the address that works); so are a locale, a time zone and a channel that do
    /// not exist. A name that must not be shown is removed, which gives the neutral salutation.
    public var storable: ContactFields {
        ContactFields(
            email: email.keeping { EmailAddress($0)?.value },
            phone: phone.keeping { PhoneNumber($0)?.value },
            name: name.value.map { DisplayName.shown($0).map(ContactField.value) ?? .removed } ?? name,
            locale: locale.keeping { LocaleTag($0)?.value },
            preferredChannel: preferredChannel.keeping { Channel(rawValue: $0)?.rawValue },
            timezone: timezone.keeping { TimeZoneName($0)?.value },
            optOut: optOut
        )
    }
}

extension ContactField {
    fileprivate func keeping(_ valid: (Value) -> Value?) -> ContactField {
        guard case .value(let value) = self else { return self }
        return valid(value).map(ContactField.value) ?? .absent
    }
}
