extension ContactFields {
    /// Reads the contact fields of an event's data object.
    ///
    /// A value of another JSON type is a wrong shape; an address that is none is not: it costs its own channel only.
    /// - Parameter includingOptOut: `user.updated` alone may change what its user does not want to receive.
    init(decoding object: [String: JSONValue], includingOptOut: Bool = false) throws(EventRejection) {
        self.init(
            email: try Self.text("email", in: object),
            phone: try Self.text("phone", in: object),
            name: try Self.text("name", in: object),
            locale: try Self.text("locale", in: object),
            preferredChannel: try Self.text("preferredChannel", in: object),
            timezone: try Self.text("timezone", in: object),
            optOut: includingOptOut ? try Self.texts("optOut", in: object) : .absent
        )
    }

    private static func text(
        _ name: String,
        in object: [String: JSONValue]
    ) throws(EventRejection) -> ContactField<String> {
        switch object[name] {
        case nil: return .absent
        case .null?: return .removed
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
