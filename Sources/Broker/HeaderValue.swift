/// One value of an AMQP field table, any type RabbitMQ knows.
public indirect enum HeaderValue: Sendable, Equatable {
    case boolean(Bool)
    case integer(Int64)
    case unsigned(UInt64)
    case double(Double)
    /// `value` times ten to the minus `scale`.
    case decimal(scale: UInt8, value: UInt32)
    /// Text; bytes that were not UTF-8 came out as U+FFFD.
    case string(String)
    case bytes([UInt8])
    /// Seconds since 1970.
    case timestamp(Int64)
    case array([HeaderValue])
    case table([String: HeaderValue])
    case null

    /// A scalar as text: numbers in decimal, timestamps as RFC 3339 in UTC, byte arrays where they are UTF-8.
    ///
    /// Nil for arrays, tables, null, byte arrays that are no text, and timestamps outside the years 0 to 9999.
    public var scalarText: String? {
        switch self {
        case .boolean(let value): String(value)
        case .integer(let value): String(value)
        case .unsigned(let value): String(value)
        case .double(let value): String(value)
        case .decimal(let scale, let value): Self.decimalText(scale: Int(scale), value: value)
        case .string(let value): value
        case .bytes(let value): String(validating: value, as: UTF8.self)
        case .timestamp(let seconds): UTCTimestamp(secondsSince1970: seconds)?.description
        case .array, .table, .null: nil
        }
    }

    private static func decimalText(scale: Int, value: UInt32) -> String {
        guard scale > 0 else { return String(value) }
        let digits = String(value)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        return padded.dropLast(scale) + "." + padded.suffix(scale)
    }
}
