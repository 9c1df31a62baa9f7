import Tracing

/// A span attribute's value in the types that OTLP knows, small enough to be copied freely.
public enum AttributeValue: Sendable, Hashable {
    case string(String)
    case integer(Int64)
    case double(Double)
    case boolean(Bool)
    indirect case array([AttributeValue])
}

extension AttributeValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
}

extension AttributeValue: CustomStringConvertible {
    public var description: String {
        switch self {
        case .string(let value): value
        case .integer(let value): String(value)
        case .double(let value): String(value)
        case .boolean(let value): value ? "true" : "false"
        case .array(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
        }
    }
}

extension AttributeValue {
    /// What the tracing API hands over; its enum asks for a `default`, which takes types it may add later.
    init?(_ attribute: SpanAttribute) {
        switch attribute {
        case .string(let value): self = .string(value)
        case .stringConvertible(let value): self = .string(value.description)
        case .int32(let value): self = .integer(Int64(value))
        case .int64(let value): self = .integer(value)
        case .double(let value): self = .double(value)
        case .bool(let value): self = .boolean(value)
        case .stringArray(let values): self = .array(values.map { .string($0) })
        case .stringConvertibleArray(let values): self = .array(values.map { .string($0.description) })
        case .int32Array(let values): self = .array(values.map { .integer(Int64($0)) })
        case .int64Array(let values): self = .array(values.map { .integer($0) })
        case .doubleArray(let values): self = .array(values.map { .double($0) })
        case .boolArray(let values): self = .array(values.map { .boolean($0) })
        default: return nil
        }
    }

    /// The same for the tracing API; a mixed array becomes one of strings.
    var spanAttribute: SpanAttribute {
        switch self {
        case .string(let value): .string(value)
        case .integer(let value): .int64(value)
        case .double(let value): .double(value)
        case .boolean(let value): .bool(value)
        case .array(let values): .stringArray(values.map(\.description))
        }
    }

    /// Cut to at most `limit` UTF-8 bytes, at a character's boundary.
    func limited(to limit: Int) -> AttributeValue {
        switch self {
        case .string(let value) where value.utf8.count > limit: .string(value.prefix(utf8Bytes: limit))
        case .array(let values): .array(values.map { $0.limited(to: limit) })
        case .string, .integer, .double, .boolean: self
        }
    }
}

extension String {
    /// The longest prefix of whole scalars that takes at most `count` bytes.
    func prefix(utf8Bytes count: Int) -> String {
        guard utf8.count > count else { return self }
        var end = utf8.index(startIndex, offsetBy: count)
        while end > startIndex, UTF8.isContinuation(utf8[end]) { utf8.formIndex(before: &end) }
        return String(self[..<end])
    }
}
