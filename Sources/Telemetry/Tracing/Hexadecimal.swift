/// Lower-case hexadecimal as W3C Trace Context writes it; upper case is refused on the way in.
enum Hexadecimal {
    private static let digits: StaticString = "0123456789abcdef"

    /// Writes the 16 digits of `value`; `buffer` must have room for them from `offset` on.
    static func write(_ value: UInt64, into buffer: UnsafeMutableBufferPointer<UInt8>, at offset: Int) {
        for index in 0..<16 {
            let nibble = Int(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 0xF
            buffer[offset + index] = digits.utf8Start[nibble]
        }
    }

    /// The two digits of one byte.
    static func text(_ byte: UInt8) -> String {
        String(unsafeUninitializedCapacity: 2) { buffer in
            buffer[0] = digits.utf8Start[Int(byte >> 4)]
            buffer[1] = digits.utf8Start[Int(byte & 0xF)]
            return 2
        }
    }

    /// - Returns: nil when a byte is no lower-case digit, there is none, or there are more than 16.
    static func parse(_ text: some Collection<UInt8>) -> UInt64? {
        guard (1...16).contains(text.count) else { return nil }
        var value: UInt64 = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
