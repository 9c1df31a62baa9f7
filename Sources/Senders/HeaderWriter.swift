/// Writes header fields of a message (RFC 5322 §2.2, RFC 2047): folded at 76 columns where they fold, and nothing but one
/// field a call.
///
/// Control characters, CR and LF among them, become spaces before anything else: no value can end its field.
struct HeaderWriter {
    /// RFC 2047 §2 allows no longer line with an encoded word; RFC 5322 §2.1.1 prefers 78 for all.
    static let maximumColumn = 76

    private(set) var bytes: [UInt8] = []

    mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(count)
    }

    /// A field whose value is printable ASCII and goes on one line.
    mutating func fixed(_ name: StaticString, _ value: String) {
        begin(name)
        bytes.append(contentsOf: value.utf8.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") })
        endLine()
    }

    /// Free text: as it is where it is plain ASCII that folds, else as encoded words.
    mutating func unstructured(_ name: StaticString, _ value: String) {
        begin(name)
        let value = Self.cleaned(value)
        let column = name.utf8CodeUnitCount + 2
        if !Self.isPlain(value) || !appendFolded(value, column: column) {
            _ = appendEncodedWords(value, column: column)
        }
        endLine()
    }

    /// An id that people and programs search for: on one line as it is where it is visible ASCII, else as free text. The
    /// caller bounds it, since a line has at most 998 bytes (RFC 5322 §2.1.1).
    mutating func identifier(_ name: StaticString, _ value: String) {
        guard Self.isPlain(value), !value.utf8.contains(UInt8(ascii: " ")) else { return unstructured(name, value) }
        fixed(name, value)
    }

    /// `Name <address>` or the address alone; as UTF-8 where the address is (RFC 6532), which needs SMTPUTF8.
    mutating func mailbox(_ name: StaticString, _ mailbox: Mailbox) {
        guard let displayName = mailbox.displayName else { return address(name, mailbox.address) }
        begin(name)
        var column = name.utf8CodeUnitCount + 2
        let display = Self.cleaned(displayName)
        if Self.isPlain(display), column + display.utf8.count + 2 <= Self.maximumColumn {
            let quoted = Self.quoted(display)
            bytes.append(contentsOf: quoted.utf8)
            column += quoted.utf8.count
        } else {
            column = appendEncodedWords(display, column: column)
        }
        if column + mailbox.address.utf8.count + 3 > Self.maximumColumn { endLine() }
        bytes.append(contentsOf: " <".utf8)
        appendAddress(mailbox.address)
        bytes.append(UInt8(ascii: ">"))
        endLine()
    }

    /// One addr-spec and nothing else. It is short enough to need no folding.
    mutating func address(_ name: StaticString, _ address: String) {
        begin(name)
        appendAddress(address)
        endLine()
    }

    /// `<id@domain>`, the id already cleaned.
    mutating func messageID(_ id: String, domain: String) {
        begin("Message-ID")
        bytes.append(UInt8(ascii: "<"))
        appendAddress("\(id)@\(domain)")
        bytes.append(UInt8(ascii: ">"))
        endLine()
    }

    mutating func endOfHeader() {
        endLine()
    }

    private mutating func begin(_ name: StaticString) {
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: ": ".utf8)
    }

    private mutating func endLine() {
        bytes.append(contentsOf: [0x0D, 0x0A])
    }

    /// Addresses are validated where they come in; should one get here that was not, it cannot leave its field.
    private mutating func appendAddress(_ address: String) {
        if address.utf8.allSatisfy(Self.isPlainInAddress) { return bytes.append(contentsOf: address.utf8) }
        for scalar in address.unicodeScalars {
            switch scalar {
            case "<", ">", ",", "\u{0}"..." ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": continue
            default: bytes.append(contentsOf: String(scalar).utf8)
            }
        }
    }

    private static func isPlainInAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: ","): false
        default: (0x21...0x7E).contains(byte)
        }
    }

    /// Whether spaces in a row would fill a line by themselves (RFC 5322 §2.1.1): they cannot be broken, only encoded.
    private static func hasLongGap(_ words: [Substring.UTF8View]) -> Bool {
        var spaces = 0
        for word in words {
            spaces += 1
            if word.isEmpty { continue }
            if spaces + word.count > maximumColumn { return true }
            spaces = 0
        }
        return false
    }

    /// - Returns: false, with nothing written, when a word, or the space before one, is too long for a line.
    private mutating func appendFolded(_ value: String, column start: Int) -> Bool {
        let words = value.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.allSatisfy({ $0.count < Self.maximumColumn }), !Self.hasLongGap(words) else { return false }
        var column = start
        // Spaces in a row make empty words; each keeps its space on the line of the word it leads to.
        var spaces = 0
        for (index, word) in words.enumerated() {
            if index > 0 { spaces += 1 }
            if word.isEmpty { continue }
            if index > 0, column + spaces + word.count > Self.maximumColumn {
                endLine()
                column = 0
            }
            bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: spaces))
            bytes.append(contentsOf: word)
            column += spaces + word.count
            spaces = 0
        }
        return true
    }

    /// `=?UTF-8?B?…?=`, as many as are needed, a line each; never ends one within a character (RFC 2047 §5).
    /// - Returns: the column after the last.
    private mutating func appendEncodedWords(_ value: String, column start: Int) -> Int {
        let (prefix, suffix) = ("=?UTF-8?B?", "?=")
        let overhead = prefix.utf8.count + suffix.utf8.count
        var column = start
        var chunk: [UInt8] = []
        func room(_ column: Int) -> Int { max(0, (Self.maximumColumn - column - overhead) / 4 * 3) }
        func flush(into bytes: inout [UInt8]) {
            bytes.append(contentsOf: prefix.utf8)
            Base64.append(chunk[...], to: &bytes)
            bytes.append(contentsOf: suffix.utf8)
            column += overhead + (chunk.count + 2) / 3 * 4
            chunk.removeAll(keepingCapacity: true)
        }
        for scalar in value.unicodeScalars {
            let encoded = UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            if chunk.count + encoded.count > room(column), !chunk.isEmpty {
                flush(into: &bytes)
                endLine()
                bytes.append(UInt8(ascii: " "))
                column = 1
            }
            chunk.append(contentsOf: encoded)
        }
        if !chunk.isEmpty { flush(into: &bytes) }
        return column
    }

    /// Each control character and each of Unicode's two line separators a space, none at the ends.
    private static func cleaned(_ value: String) -> String {
        if isPlain(value), value.utf8.first != 0x20, value.utf8.last != 0x20 { return value }
        var scalars = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": scalars.append(" ")
            default: scalars.append(scalar)
            }
        }
        let trimmed = scalars.drop { $0 == " " }
        guard let last = trimmed.lastIndex(where: { $0 != " " }) else { return "" }
        return String(trimmed[...last])
    }

    /// ASCII that no reader would take for an encoded word.
    private static func isPlain(_ value: String) -> Bool {
        guard value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return false }
        return !value.contains("=?")
    }

    private static func quoted(_ name: String) -> String {
        let isAtoms = name.utf8.allSatisfy { byte in
            switch byte {
            case 0x20, 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
            }
        }
        if isAtoms { return name }
        var result = "\""
        for character in name {
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result + "\""
    }
}
