extension ContactFields {
    /// Reads the contact fields of an event's data object.
    ///
    /// A value of another JSON type is a wrong shape; an address that is none is not: it costs its own channel only.
    /// - Parameter ofUpdate: `user.updated` alone may remove a field by null, and change what its user does not want to
    ///   receive. For every other event null is as good as absent: what it does not carry comes from the contacts.
    init(decoding object: [String: JSONValue], ofUpdate: Bool = false) throws(EventRejection) {
        let null: ContactField<String> = ofUpdate ? .removed : .absent
        self.init(
            email: try Self.text("email", in: object, null: null),
            phone: try Self.text("phone", in: object, null: null),
            name: try Self.text("name", in: object, null: null),
            locale: try Self.text("locale", in: object, null: null),
            preferredChannel: try Self.text("preferredChannel", in: object, null: null),
            timezone: try Self.text("timezone", in: object, null: null),
            optOut: ofUpdate ? try Self.texts("optOut", in: object) : .absent
        )
    }

    private static func text(
        _ name: String,
        in object: [String: JSONValue],
        null: ContactField<String>
    ) throws(EventRejection) -> ContactField<String> {
        switch object[name] {
        case nil: return .absent
        case .null?: return null
        case let value?: return .value(try FieldDecoder.string(value, name: name))
        }
    }

    private static func texts(
        _ name: String,
        in object: [String: JSONValue]
    ) throws(EventRejection) -> ContactField<[String]> {
        switch object[name] {
        case nil:
            return .absent
        case .null?:
            return .removed
        case .array(let elements)?:
            var texts: [String] = []
            for element in elements {
                texts.append(try FieldDecoder.string(element, name: "an element of \(name)"))
            }
            return .value(texts)
        case let value?:
            throw FieldDecoder.wrongKind(value, name: name, expected: "a list")
        }
    }
}
