import AMQPShim

/// Reads a field table that the shim laid out flat, members after their table, back into values.
struct HeaderTable {
    private let fields: UnsafeBufferPointer<amqp_shim_field>
    private var next = 0

    /// - Parameter entries: how many of `fields` are the table's own; the others lie below them.
    static func read(_ fields: UnsafeBufferPointer<amqp_shim_field>, entries: Int) -> [String: HeaderValue] {
        guard entries > 0 else { return [:] }
        var table = HeaderTable(fields: fields)
        return table.members(entries)
    }

    private init(fields: UnsafeBufferPointer<amqp_shim_field>) {
        self.fields = fields
    }

    /// Of entries with the same name the first counts.
    private mutating func members(_ count: Int) -> [String: HeaderValue] {
        var result: [String: HeaderValue] = [:]
        for _ in 0..<count {
            guard let (name, value) = entry() else { break }
            if result[name] == nil { result[name] = value }
        }
        return result
    }

    /// - Returns: nil when the counts promise more than there is.
    private mutating func entry() -> (String, HeaderValue)? {
        guard next < fields.count else { return nil }
        let field = fields[next]
        next += 1
        return (field.name.string, value(of: field))
    }

    /// The types are RabbitMQ's letters (https://www.rabbitmq.com/amqp-0-9-1-errata#section_3).
    private mutating func value(of field: amqp_shim_field) -> HeaderValue {
        switch field.type {
        case UInt8(ascii: "t"): return .boolean(field.integer != 0)
        case UInt8(ascii: "b"), UInt8(ascii: "s"), UInt8(ascii: "I"), UInt8(ascii: "l"): return .integer(field.integer)
        case UInt8(ascii: "B"), UInt8(ascii: "u"), UInt8(ascii: "i"): return .integer(Int64(field.natural))
        case UInt8(ascii: "L"): return .unsigned(field.natural)
        case UInt8(ascii: "f"), UInt8(ascii: "d"): return .double(field.real)
        case UInt8(ascii: "D"):
            return .decimal(scale: field.scale, value: UInt32(truncatingIfNeeded: field.natural))
        case UInt8(ascii: "S"): return .string(field.bytes.string)
        case UInt8(ascii: "x"): return .bytes(field.bytes.array)
        case UInt8(ascii: "T"): return .timestamp(Int64(bitPattern: field.natural))
        case UInt8(ascii: "F"): return .table(members(Int(field.members)))
        case UInt8(ascii: "A"):
            var values: [HeaderValue] = []
            for _ in 0..<field.members {
                guard let (_, value) = entry() else { break }
                values.append(value)
            }
            return .array(values)
        default: return .null
        }
    }
}
