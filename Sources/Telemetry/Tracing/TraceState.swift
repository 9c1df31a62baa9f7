/// The `tracestate` header: other vendors' positions in the trace, kept and handed on, never read (W3C Trace Context §3.3).
public struct TraceState: Sendable, Hashable {
    /// The members, comma-separated, without the optional white space; empty when there is none.
    public let header: String

    /// At most this many members (§3.3.1.1).
    static let maximumMembers = 32
    /// What every vendor must hand on at least, and what is handed on at most here (§3.3.1.5), in bytes.
    static let maximumLength = 512
    /// Members longer than this are the first to go when the header is too long (§3.3.1.5), in bytes.
    static let longMember = 128

    public init() {
        header = ""
    }

    /// Takes the header as it came; one that breaks the rules is dropped as a whole, as §3.3 demands, and the trace goes
    /// on without it.
    public init(header text: String) {
        header = Self.valid(text) ?? ""
    }

    private static func valid(_ text: String) -> String? {
        guard text.utf8.count <= 16 * maximumLength else { return nil }
        var members: [Substring.UTF8View] = []
        var keys: Set<Substring> = []
        for part in Substring(text).utf8.split(separator: UInt8(ascii: ",")) {
            let member = part.trimmingOptionalWhitespace()
            if member.isEmpty { continue }
            guard let equals = member.firstIndex(of: UInt8(ascii: "=")),
                isKey(member[..<equals]), isValue(member[member.index(after: equals)...]),
                keys.insert(Substring(member[..<equals])).inserted
            else { return nil }
            members.append(member)
        }
        guard members.count <= maximumMembers else { return nil }
        return shortened(members).map { String(Substring($0)) }.joined(separator: ",")
    }

    private static func shortened(_ members: [Substring.UTF8View]) -> [Substring.UTF8View] {
        var members = members
        func isTooLong() -> Bool { members.reduce(members.count - 1) { $0 + $1.count } > maximumLength }
        while isTooLong(), let long = members.lastIndex(where: { $0.count > longMember }) { members.remove(at: long) }
        while isTooLong() { members.removeLast() }
        return members
    }

    /// §3.3.1.3.1: up to 256 bytes, or a tenant of up to 241, `@`, and a system of up to 14.
    private static func isKey(_ key: Substring.UTF8View) -> Bool {
        guard let at = key.firstIndex(of: UInt8(ascii: "@")) else {
            return isKeyPart(key, maximum: 256, mayStartWithDigit: true)
        }
        return isKeyPart(key[..<at], maximum: 241, mayStartWithDigit: true)
            && isKeyPart(key[key.index(after: at)...], maximum: 14, mayStartWithDigit: false)
    }

    private static func isKeyPart(_ part: Substring.UTF8View, maximum: Int, mayStartWithDigit: Bool) -> Bool {
        guard let first = part.first, part.count <= maximum else { return false }
        guard first.isLowercaseLetter || (mayStartWithDigit && first.isDigit) else { return false }
        return part.allSatisfy { byte in
            byte.isLowercaseLetter || byte.isDigit || "_-*/".utf8.contains(byte)
        }
    }

    /// §3.3.1.3.2: up to 256 printable bytes but comma and equals sign, the last no space.
    private static func isValue(_ value: Substring.UTF8View) -> Bool {
        guard !value.isEmpty, value.count <= 256 else { return false }
        return value.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") }
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    var isLowercaseLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
    var isUppercaseLetter: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
    /// RFC 9110 §5.6.3: space or tab.
    var isOptionalWhitespace: Bool { self == 0x20 || self == 0x09 }
}

extension BidirectionalCollection<UInt8> {
    /// Without the spaces and tabs at both ends.
    func trimmingOptionalWhitespace() -> SubSequence {
        guard let start = firstIndex(where: { !$0.isOptionalWhitespace }),
            let end = lastIndex(where: { !$0.isOptionalWhitespace })
        else { return self[endIndex...] }
        return self[start...end]
    }
}
