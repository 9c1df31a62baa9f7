@testable import Broker

/// Writes field tables of every type RabbitMQ knows, beside the value that their reader must find.
struct TableEncoder {
    /// The shim cuts below this level.
    private static let deepest = 32

    /// - Parameter depth: the level of the table's own entries, from 1.
    mutating func table(_ random: inout SeededRandom, depth: Int) -> ([UInt8], [String: HeaderValue]) {
        var bytes: [UInt8] = []
        var values: [String: HeaderValue] = [:]
        for number in 0..<random.size(upTo: depth > 3 ? 2 : 12) {
            let name =
                random.once(in: 6)
                ? TextGenerator.standard.text(&random, upTo: 60)
                : random.pick([
                    "traceparent", "x-death", "x-delivery-count", "cloudEvents:id", "timestamp_in_ms", "h\(number)",
                ])
            guard name.utf8.count <= 128 else { continue }
            let (encoded, value) = field(&random, depth: depth)
            bytes += Self.short(name) + encoded
            if values[name] == nil { values[name] = value }
        }
        return (bytes, values)
    }

    private mutating func field(_ random: inout SeededRandom, depth: Int) -> ([UInt8], HeaderValue) {
        let number = random.next()
        func big(_ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) }
        }
        switch random.below(20) {
        case 0: return (Self.tag("t") + [UInt8(number & 1)], .boolean(number & 1 == 1))
        case 1: return (Self.tag("b") + big(1), .integer(Int64(Int8(truncatingIfNeeded: number))))
        case 2: return (Self.tag("B") + big(1), .integer(Int64(UInt8(truncatingIfNeeded: number))))
        case 3: return (Self.tag("s") + big(2), .integer(Int64(Int16(truncatingIfNeeded: number))))
        case 4: return (Self.tag("u") + big(2), .integer(Int64(UInt16(truncatingIfNeeded: number))))
        case 5: return (Self.tag("I") + big(4), .integer(Int64(Int32(truncatingIfNeeded: number))))
        case 6: return (Self.tag("i") + big(4), .integer(Int64(UInt32(truncatingIfNeeded: number))))
        case 7: return (Self.tag("l") + big(8), .integer(Int64(bitPattern: number)))
        case 8: return (Self.tag("f") + big(4), .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: number)))))
        case 9: return (Self.tag("d") + big(8), .double(Double(bitPattern: number)))
        case 10:
            let scale = UInt8(truncatingIfNeeded: number >> 32)
            return (
                Self.tag("D") + [scale] + big(4), .decimal(scale: scale, value: UInt32(truncatingIfNeeded: number))
            )
        case 11: return (Self.tag("T") + big(8), .timestamp(Int64(bitPattern: number)))
        case 12: return (Self.tag("V"), .null)
        case 13:
            let bytes = random.bytes(random.size(upTo: 200))
            return (Self.tag("x") + Self.long(bytes.count) + bytes, .bytes(bytes))
        case 14: return array(&random, depth: depth)
        case 15:
            let (bytes, values) = table(&random, depth: depth + 1)
            return (Self.tag("F") + Self.long(bytes.count) + bytes, depth < Self.deepest ? .table(values) : .null)
        case 16: return nested(&random, depth: depth)
        default:
            let bytes = random.once(in: 4) ? random.bytes(random.size(upTo: 300)) : Array("00-abc".utf8)
            return (Self.tag("S") + Self.long(bytes.count) + bytes, .string(String(decoding: bytes, as: UTF8.self)))
        }
    }

    private mutating func array(_ random: inout SeededRandom, depth: Int) -> ([UInt8], HeaderValue) {
        var bytes: [UInt8] = []
        var values: [HeaderValue] = []
        for _ in 0..<random.size(upTo: depth > 3 ? 2 : 20) {
            let (encoded, value) = field(&random, depth: depth + 1)
            bytes += encoded
            values.append(value)
        }
        return (Self.tag("A") + Self.long(bytes.count) + bytes, depth < Self.deepest ? .array(values) : .null)
    }

    /// Arrays in arrays, far deeper than anybody needs.
    private func nested(_ random: inout SeededRandom, depth: Int) -> ([UInt8], HeaderValue) {
        let count = random.once(in: 50) ? random.below(2_000) : random.below(40)
        var bytes = Self.tag("V")
        var value: HeaderValue = .null
        for level in (0..<count).reversed() {
            bytes = Self.tag("A") + Self.long(bytes.count) + bytes
            value = depth + level < Self.deepest ? .array([value]) : .null
        }
        return (bytes, value)
    }

    static func short(_ text: String) -> [UInt8] { [UInt8(truncatingIfNeeded: text.utf8.count)] + text.utf8 }
    static func long(_ count: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } }
    private static func tag(_ letter: Unicode.Scalar) -> [UInt8] { [UInt8(truncatingIfNeeded: letter.value)] }
}
