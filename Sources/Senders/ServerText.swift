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
        let forms = secrets + secrets.map(percentEncoded) + secrets.flatMap(base64)
        for secret in Set(forms).sorted(by: { ($0.utf8.count, $0) > ($1.utf8.count, $1) }) {
            scalars = replace(Array(secret.unicodeScalars), in: scalars)
        }
        scalars = maskSpacedNumbers(scalars, endingLike: secrets)
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

    /// As in a link or a form (RFC 3986 §2.1): an answer may point to a page about the very address.
    private static func percentEncoded(_ secret: String) -> String {
        var result = ""
        for byte in secret.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return result
    }

    /// Wherever it begins within what was encoded: without the characters that its neighbours decide.
    private static func base64(_ secret: String) -> [String] {
        (0..<3).compactMap { shift in
            let bytes = [UInt8](repeating: 0, count: shift) + Array(secret.utf8)
            let first = (shift * 8 + 5) / 6
            let end = bytes.count * 8 / 6
            // Shorter ones would match by chance.
            guard end - first >= minimumBase64 else { return nil }
            let characters = (first..<end).map { index in
                let bit = index * 6
                let high = UInt16(bytes[bit / 8]) << 8
                let low = bit / 8 + 1 < bytes.count ? UInt16(bytes[bit / 8 + 1]) : 0
                return base64Alphabet[Int((high | low) >> UInt16(10 - bit % 8)) & 0x3F]
            }
            return String(decoding: characters, as: UTF8.self)
        }
    }

    private static let minimumBase64 = 8
    private static let base64Alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )

    /// A number written in groups, or without its country code, is told by its last digits.
    private static func maskSpacedNumbers(
        _ text: [Unicode.Scalar],
        endingLike secrets: [String]
    ) -> [Unicode.Scalar] {
        let endings = secrets.filter { $0.utf8.dropFirst($0.hasPrefix("+") ? 1 : 0).allSatisfy(isDigit) }
            .map { Array($0.unicodeScalars.suffix(minimumPhoneDigits)) }.filter { $0.count == minimumPhoneDigits }
        guard !endings.isEmpty else { return text }
        var result: [Unicode.Scalar] = []
        var index = 0
        while index < text.count {
            guard isDigit(text[index]) else {
                result.append(text[index])
                index += 1
                continue
            }
            var (end, digits) = (index, [Unicode.Scalar]())
            var next = index
            while next < text.count, next - end <= 2, isDigit(text[next]) || isGrouping(text[next]) {
                if isDigit(text[next]) {
                    digits.append(text[next])
                    end = next + 1
                }
                next += 1
            }
            let isHidden = endings.contains { ending in
                digits.indices.contains { digits[$0...].starts(with: ending) }
            }
            result += isHidden ? masked : Array(text[index..<end])
            index = end
        }
        return result
    }

    private static func isGrouping(_ scalar: Unicode.Scalar) -> Bool {
        " ()-./".unicodeScalars.contains(scalar)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

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
