import FoundationEssentials

/// Reads single fields of an event's data object as the types that a schema declares.
struct FieldDecoder {
    let object: [String: JSONValue]
    let links: LinkPolicy

    /// Longest id that is understood, in bytes; far beyond any id in use and below what an index can hold.
    static let maximumIDSize = 1024

    /// The typed values of the schema's fields; an optional field that is absent or null is left out.
    func fields(of schema: EventSchema) throws(EventRejection) -> [String: FieldValue] {
        var fields: [String: FieldValue] = [:]
        fields.reserveCapacity(schema.fields.count)
        for field in schema.fields {
            guard let value = present(field.name) else {
                guard field.isOptional else { throw .shape("\(field.name) is missing") }
                continue
            }
            fields[field.name] = try decode(value, of: field)
        }
        return fields
    }

    /// The value of a field, nil where it is absent or null.
    func present(_ name: String) -> JSONValue? {
        guard let value = object[name], value != .null else { return nil }
        return value
    }

    func id(_ name: String) throws(EventRejection) -> String? {
        guard let value = present(name) else { return nil }
        return try Self.id(value, name: name)
    }

    func time(_ name: String) throws(EventRejection) -> Date? {
        guard let value = present(name) else { return nil }
        return try Self.time(value, name: name)
    }

    private func decode(_ value: JSONValue, of field: FieldSpec) throws(EventRejection) -> FieldValue {
        let name = field.name
        switch field.type {
        case .id:
            return .id(try Self.id(value, name: name))
        case .text:
            return .text(try Self.string(value, name: name))
        case .money(let currencyField):
            guard let currency = present(currencyField) else {
                throw EventRejection(
                    code: .moneyInvalid,
                    message: "\(name) has no currency: \(currencyField) is missing"
                )
            }
            return .money(try Self.money(value, name: name, in: try Self.currency(currency, name: currencyField)))
        case .currency:
            return .currency(try Self.currency(value, name: name))
        case .url:
            return .url(try Self.link(value, name: name, links: links))
        case .time:
            return .time(try Self.time(value, name: name))
        case .number:
            guard case .number(let number) = value else {
                throw Self.wrongKind(value, name: name, expected: "a number")
            }
            return .number(number)
        case .boolean:
            guard case .boolean(let flag) = value else {
                throw Self.wrongKind(value, name: name, expected: "a boolean")
            }
            return .boolean(flag)
        case .list:
            guard case .array(let elements) = value else { throw Self.wrongKind(value, name: name, expected: "a list") }
            return .list(elements)
        }
    }
}

// MARK: One value

extension FieldDecoder {
    static func id(_ value: JSONValue, name: String) throws(EventRejection) -> String {
        switch value {
        case .string(let text):
            if let problem = idProblem(text) { throw .shape("\(name) \(problem)") }
            return text
        case .number(let number):
            guard let id = number.integerID else {
                throw .shape("\(name) is a number with a fraction or beyond 64 bits: send it as a string")
            }
            return id
        default:
            throw wrongKind(value, name: name, expected: "a string or an integer")
        }
    }

    /// Why a text is no id; nil where it is one.
    static func idProblem(_ text: String) -> String? {
        if text.isEmpty { return "is empty" }
        if text.utf8.count > maximumIDSize { return "is longer than \(maximumIDSize) bytes" }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return "holds a control character"
        }
        return nil
    }

    static func string(_ value: JSONValue, name: String) throws(EventRejection) -> String {
        guard case .string(let text) = value else { throw wrongKind(value, name: name, expected: "a string") }
        return text
    }

    static func link(_ value: JSONValue, name: String, links: LinkPolicy) throws(EventRejection) -> String {
        let link = try string(value, name: name)
        if let problem = links.problem(with: link) {
            throw EventRejection(code: problem.code, message: "\(name) \(problem.message)")
        }
        return link
    }

    static func time(_ value: JSONValue, name: String) throws(EventRejection) -> Date {
        guard let time = Timestamp.parse(try string(value, name: name)) else {
            throw .shape("\(name) is not an RFC 3339 time (2026-11-22T15:04:05Z)")
        }
        return time
    }

    static func currency(_ value: JSONValue, name: String) throws(EventRejection) -> Currency {
        guard let currency = Currency(try string(value, name: name)) else {
            throw EventRejection(code: .moneyInvalid, message: "\(name) is not an active ISO 4217 code")
        }
        return currency
    }

    static func money(_ value: JSONValue, name: String, in currency: Currency) throws(EventRejection) -> Money {
        let amount: Decimal?
        switch value {
        case .number(let number): amount = number
        case .string(let text): amount = Money.parse(text)
        default: throw wrongKind(value, name: name, expected: "a number or a string")
        }
        guard let amount else {
            throw EventRejection(code: .moneyInvalid, message: "\(name) is not a plain decimal number (1234.56)")
        }
        do {
            return try Money(amount, currency)
        } catch {
            throw EventRejection(code: .moneyInvalid, message: "\(name) \(error.message)")
        }
    }

    static func wrongKind(_ value: JSONValue, name: String, expected: String) -> EventRejection {
        .shape("\(name) is \(value.kind), not \(expected)")
    }
}

extension Decimal {
    /// The digits of a number that serves as an id; nil for a fraction, and beyond 64 bits: within these bounds a Decimal
    /// is exact, beyond them two different ids could be read as one.
    public var integerID: String? {
        guard self >= Decimal(Int64.min), self <= Decimal(UInt64.max) else { return nil }
        let digits = description
        return digits.utf8.allSatisfy { ASCII.isDigit($0) || $0 == ASCII.hyphen } ? digits : nil
    }
}
