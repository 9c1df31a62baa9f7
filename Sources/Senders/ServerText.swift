/// Makes one line that may be logged and stored out of what a server said.
///
/// Servers repeat addresses, hostile ones anything: whatever looks like an address or a phone number is masked, what the
/// caller knows to be secret as well, control and bidirectional characters are escaped, and the length is bounded.
enum ServerText {
    static let maximumLength = 200
    /// No more of the text than this is looked at: masking takes time for each character.
    private static let maximumInput = 2000

    /// - Parameter secrets: shorter than three characters they are not looked for; they would match anywhere.
    static func line(_ text: String, hiding secrets: [String] = []) -> String {
        var scalars = Array(text.unicodeScalars.prefix(maximumInput))
        for secret in secrets.sorted(by: { $0.utf8.count > $1.utf8.count }) {
            scalars = replace(Array(secret.unicodeScalars), in: scalars)
        }
        let words = scalars.split(separator: " ", omittingEmptySubsequences: true).map(mask)
        return escaped(words.joined(separator: [" "]))
    }

    private static let masked: [Unicode.Scalar] = ["*", "*", "*"]

    private static func replace(_ secret: [Unicode.Scalar], in text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard secret.count >= 3, text.count >= secret.count else { return text }
        let secret = secret.map(folded)
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            if index + secret.count <= text.count,
                secret.indices.allSatisfy({ folded(text[index + $0]) == secret[$0] })
            {
                result += masked
                index += secret.count
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// ASCII case apart: servers write domains and local parts in lower case.
    private static func folded(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
    }

    /// A word with an at-sign loses what stands before it, one with many digits in a row those digits.
    private static func mask(_ word: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
        var word = Array(word)
        while let at = word.firstIndex(where: { $0 == "@" || $0 == "\u{FF20}" }) {
            let localStart = word[..<at].lastIndex(where: isDelimiter).map { $0 + 1 } ?? 0
            let domainEnd = word[(at + 1)...].firstIndex(where: isDelimiter) ?? word.count
            word.replaceSubrange(localStart..<domainEnd, with: masked)
        }
        var result: [Unicode.Scalar] = []
        var run: [Unicode.Scalar] = []
        for scalar in word + [" "] {
            if ("0"..."9").contains(scalar) {
                run.append(scalar)
                continue
            }
            result += run.count >= minimumPhoneDigits ? masked : run
            run = []
            result.append(scalar)
        }
        return result.dropLast()
    }

    /// Fewer digits are a port, a size, a code: nobody's phone number in E.164 with its country code.
    private static let minimumPhoneDigits = 7

    private static func isDelimiter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "<", ">", "(", ")", "[", "]", "{", "}", ",", ";", ":", "\"", "'", "=", "/", "?", "&": true
        default: scalar.value < 0x21
        }
    }

    private static func escaped(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var line = ""
        var length = 0
        for scalar in scalars {
            let piece = isPrintable(scalar) ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
            length += piece.unicodeScalars.count
            guard length < maximumLength else { return line + "…" }
            line += piece
        }
        return line
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}
