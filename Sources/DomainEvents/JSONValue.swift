import FoundationEssentials

/// A JSON value (RFC 8259) with numbers as exact decimals, never through binary floating point.
public indirect enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case number(Decimal)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue {
    /// The JSON word for the kind of value, for messages that must not show the value itself.
    var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
