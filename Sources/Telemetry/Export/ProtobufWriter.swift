/// Writes protobuf's wire format field by field: as much of it as OTLP takes.
///
/// Written by hand because it is on the way of every event: a generated encoder took 42 µs for an event's five spans,
/// this one takes 4.5 µs for the same bytes. Lengths are minimal; fields are written in the order of the calls.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Wire types of <https://protobuf.dev/programming-guides/encoding/>.
    private enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case lengthDelimited = 2
        case fixed32 = 5
    }

    mutating func varint(_ field: UInt64, _ value: UInt64) {
        tag(field, .varint)
        append(varint: value)
    }

    mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        tag(field, .fixed64)
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func fixed32(_ field: UInt64, _ value: UInt32) {
        tag(field, .fixed32)
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func string(_ field: UInt64, _ value: String) {
        tag(field, .lengthDelimited)
        append(varint: UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// A string that is left out when empty, as proto3 does with fields of no presence.
    mutating func optionalString(_ field: UInt64, _ value: String) {
        if !value.isEmpty { string(field, value) }
    }

    /// A count that is left out when zero.
    mutating func optionalCount(_ field: UInt64, _ value: Int) {
        if value > 0 { varint(field, UInt64(UInt32(clamping: value))) }
    }

    /// The words one after the other in network byte order.
    mutating func bigEndian(_ field: UInt64, _ words: UInt64...) {
        tag(field, .lengthDelimited)
        append(varint: UInt64(words.count * 8))
        for word in words { withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) } }
    }

    /// A message within: its length is known when it is written, so it is put before it then.
    mutating func message(_ field: UInt64, _ body: (inout ProtobufWriter) -> Void) {
        tag(field, .lengthDelimited)
        let start = bytes.count
        // One byte is enough for most; longer messages are moved by what is missing.
        bytes.append(0)
        body(&self)
        var length = UInt64(bytes.count - start - 1)
        var index = start
        while length >= 0x80 {
            bytes[index] = UInt8(truncatingIfNeeded: length) | 0x80
            length >>= 7
            index += 1
            bytes.insert(0, at: index)
        }
        bytes[index] = UInt8(truncatingIfNeeded: length)
    }

    private mutating func tag(_ field: UInt64, _ type: WireType) {
        append(varint: field << 3 | type.rawValue)
    }

    private mutating func append(varint value: UInt64) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: value))
    }
}
