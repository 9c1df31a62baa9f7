/// One mail address that can be written into an SMTP envelope and a header without quoting.
///
/// An addr-spec (RFC 5322 §3.4.1) of at most 254 octets (RFC 5321 §4.5.3.1.3 less the angle brackets): a dot-atom, `@`,
/// a domain. Quoted local parts and address literals are legal and refused: no sign-up form gives them out, and both
/// have been used to smuggle a second recipient past a check. Non-ASCII is allowed (RFC 6531).
public struct EmailAddress: Sendable, Hashable {
    public let value: String

    /// Nil where `problem(with:)` gives a reason.
    public init?(_ text: String) {
        guard Self.problem(with: text) == nil else { return nil }
        value = text
    }

    /// Whether the server must offer SMTPUTF8 for this address.
    public var needsSMTPUTF8: Bool {
        value.utf8.contains { $0 >= 0x80 }
    }

    /// One text for all spellings that mailbox providers treat alike, to compare and to hash: lower case.
    public var normalized: String { value.lowercased() }

    /// Why `text` is not an address, in words that do not repeat it; nil where it is one.
    public static func problem(with text: String) -> String? {
        guard !text.isEmpty else { return "the address is empty" }
        guard text.utf8.count <= 254 else { return "the address is over 254 octets" }
        guard let at = text.lastIndex(of: "@") else { return "the address has no @" }
        let local = text[..<at]
        let domain = text[text.index(after: at)...]
        guard !local.isEmpty, !domain.isEmpty else { return "the address lacks the part before or after @" }
        guard local.utf8.count <= 64 else { return "the part before @ is over 64 octets" }
        guard local.unicodeScalars.allSatisfy(isAtomText) else {
            return "the part before @ has a character that is not allowed without quotes"
        }
        guard local.utf8.split(separator: ASCII.dot, omittingEmptySubsequences: false).allSatisfy({ !$0.isEmpty })
        else { return "the part before @ has a dot at an end or two in a row" }
        guard domain.utf8.split(separator: ASCII.dot, omittingEmptySubsequences: false).allSatisfy(isLabel),
            domain.unicodeScalars.allSatisfy({ $0.isASCII || isVisible($0) })
        else { return "the part after @ is not a domain name" }
        return nil
    }

    /// RFC 5322 §3.2.3 atext and the dot, with RFC 6531's non-ASCII.
    private static func isAtomText(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else { return isVisible(scalar) }
        let byte = UInt8(truncatingIfNeeded: scalar.value)
        return ASCII.isAlphanumeric(byte) || atomSpecials.contains(byte)
    }

    private static let atomSpecials = Set("!#$%&'*+-/=?^_`{|}~.".utf8)

    /// RFC 1035 §2.3.1 with digits first (RFC 1123 §2.1), and non-ASCII for internationalised names.
    private static func isLabel(_ label: some BidirectionalCollection<UInt8>) -> Bool {
        guard (1...63).contains(label.count), label.first != ASCII.hyphen, label.last != ASCII.hyphen else {
            return false
        }
        return label.allSatisfy { $0 >= 0x80 || ASCII.isAlphanumeric($0) || $0 == ASCII.hyphen }
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default:
            true
        }
    }
}
