/// Reads protobuf's wire format from bytes that came from outside, one field at a time.
struct ProtobufReader {
    enum Value: Equatable {
        case varint(UInt64)
        case bytes(ArraySlice<UInt8>)
        /// Fixed-width fields: skipped, since nothing that we read has any.
        case fixed
    }

    private var rest: ArraySlice<UInt8>
    /// Whether the bytes ended within a field or held what no message can hold.
    private(set) var isBroken = false

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// - Returns: nil at the end, and at the first thing that is broken.
    mutating func next() -> (field: UInt64, value: Value)? {
        guard !rest.isEmpty, !isBroken else { return nil }
        guard let tag = varint(), let value = value(wireType: tag & 7) else {
            isBroken = true
            return nil
        }
        return (tag >> 3, value)
    }

    private mutating func value(wireType: UInt64) -> Value? {
        switch wireType {
        case 0: varint().map { .varint($0) }
        case 1: take(8).map { _ in .fixed }
        case 2: varint().flatMap { take($0) }.map { .bytes($0) }
        case 5: take(4).map { _ in .fixed }
        default: nil
        }
    }

    /// At most ten bytes.
    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    private mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
        guard count <= UInt64(rest.count) else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}
