/// Text in a link's target.
enum LinkText {
    /// The schemes a message may link to when the value of a field is the link.
    static let valueSchemes = ["https://", "http://", "mailto:"]
    /// The schemes its author may write.
    static let writtenSchemes = valueSchemes + ["tel:"]

    /// An address that a message may link to: one of the schemes, and something after it.
    static func isLink(_ value: String, schemes: [String] = valueSchemes) -> Bool {
        schemes.contains { scheme in
            guard value.utf8.count > scheme.utf8.count else { return false }
            return zip(value.utf8, scheme.utf8).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 && isLetter($0)) }
        }
    }

    /// A whole address: what RFC 3986 does not allow in one is percent-encoded, all else stays.
    static func encode(_ value: String) -> String {
        percentEncoded(value) { isUnreserved($0) || isReserved($0) || $0 == UInt8(ascii: "%") }
    }

    /// A part of an address: everything but the unreserved characters (RFC 3986 §2.3) is percent-encoded, so that the part
    /// stays the part it is.
    static func encodePart(_ value: String) -> String {
        percentEncoded(value, isUnreserved)
    }

    /// The address of a `mailto:` link or the number of a `tel:` link: as a part, but for the `@` of the one (RFC 6068 §2)
    /// and the `+` of the other (RFC 3966 §3), which stand in them as they are.
    static func encodeAddress(_ value: String) -> String {
        percentEncoded(value) { isUnreserved($0) || $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "+") }
    }

    private static func percentEncoded(_ value: String, _ isKept: (UInt8) -> Bool) -> String {
        guard !value.utf8.allSatisfy(isKept) else { return value }
        let digits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        encoded.reserveCapacity(value.utf8.count * 2)
        for byte in value.utf8 {
            if isKept(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        if isLetter(byte) || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) { return true }
        return byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "~")
    }

    /// RFC 3986 §2.2.
    private static func isReserved(_ byte: UInt8) -> Bool {
        ":/?#[]@!$&'()*+,;=".utf8.contains(byte)
    }
}
