/// Reads protobuf's wire format field by field, knowing no schema: what the tests compare encoded bytes with.
struct ProtobufFields {
    enum Value: Equatable {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes([UInt8])
    }

    private(set) var fields: [(number: Int, value: Value)] = []

    /// - Returns: nil when the bytes are no message.
    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let tag = Self.varint(&rest), let value = Self.value(wireType: tag & 7, &rest) else { return nil }
            fields.append((Int(tag >> 3), value))
        }
    }

    var numbers: [Int] { fields.map(\.number) }

    subscript(number: Int) -> Value? {
        fields.first { $0.number == number }?.value
    }

    /// The messages in all fields of this number.
    func messages(_ number: Int) -> [ProtobufFields] {
        fields.compactMap { field in
            guard field.number == number, case .bytes(let bytes) = field.value else { return nil }
            return ProtobufFields(bytes)
        }
    }

    func text(_ number: Int) -> String? {
        guard case .bytes(let bytes) = self[number] else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func value(wireType: UInt64, _ rest: inout ArraySlice<UInt8>) -> Value? {
        switch wireType {
        case 0: varint(&rest).map { .varint($0) }
        case 1: little(&rest, count: 8).map { .fixed64($0) }
        case 2: varint(&rest).flatMap { take(&rest, count: Int($0)) }.map { .bytes(Array($0)) }
        case 5: little(&rest, count: 4).map { .fixed32(UInt32($0)) }
        default: nil
        }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    private static func little(_ rest: inout ArraySlice<UInt8>, count: Int) -> UInt64? {
        take(&rest, count: count)?.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func take(_ rest: inout ArraySlice<UInt8>, count: Int) -> ArraySlice<UInt8>? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
