import Logging

/// One line's content before it takes a form: the fields merged and in their order.
struct LogRecord {
    /// Nanoseconds since 1970, UTC.
    var time: UInt64
    var level: Logger.Level
    var message: String
    var service: String
    /// In the order they are written.
    var fields: [LogField]
}

/// One field of a line with its place in the contract's order.
struct LogField {
    let key: String
    let value: Logger.Metadata.Value
    private let rank: Int?

    init(_ key: String, _ value: Logger.Metadata.Value) {
        self.key = key
        self.value = value
        rank = Self.order[key]
    }

    /// What it does not name follows by name.
    private static let order: [String: Int] = Dictionary(
        uniqueKeysWithValues: [
            "component", "event_id", "event_type", "recipient_id", "channel", "provider", "attempt", "outcome",
            "duration_ms", "queue_ms", "trace_id", "span_id", "trace_flags", "error_code", "error",
        ].enumerated().map { ($0.element, $0.offset) }
    )

    /// Merges the sources of a line's fields, the first that has a key wins, and puts them in order.
    static func merged(_ sources: Logger.Metadata...) -> [LogField] {
        let sources = sources.filter { !$0.isEmpty }
        var ranked = [LogField?](repeating: nil, count: order.count)
        var others: [LogField] = []
        for (index, source) in sources.enumerated() {
            for (key, value) in source where !sources[..<index].contains(where: { $0[key] != nil }) {
                let field = LogField(key, value)
                if let rank = field.rank { ranked[rank] = field } else { others.append(field) }
            }
        }
        others.sort { $0.key < $1.key }
        return ranked.compactMap(\.self) + others
    }
}

/// A metadata value with its type found again.
enum LogValue {
    case text(String)
    /// Digits as both forms write them.
    case number(String)
    case boolean(Bool)
    case list([Logger.Metadata.Value])
    case object(Logger.Metadata)

    init(_ value: Logger.Metadata.Value) {
        switch value {
        case .string(let text): self = .text(text)
        case .stringConvertible(let value): self = Self.scalar(value)
        case .array(let values): self = .list(values)
        case .dictionary(let values): self = .object(values)
        }
    }

    /// JSON has no word for infinity and NaN: those become text.
    private static func scalar(_ value: any CustomStringConvertible & Sendable) -> LogValue {
        switch value {
        case let number as Int: .number(String(number))
        case let number as Double: number.isFinite ? .number(number.description) : .text(number.description)
        case let flag as Bool: .boolean(flag)
        case let number as any BinaryInteger: .number(number.description)
        case let number as Float: number.isFinite ? .number(number.description) : .text(number.description)
        default: .text(value.description)
        }
    }
}
