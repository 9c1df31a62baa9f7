/// Text without the characters that are not seen but change how others are read.
enum VisibleText {
    /// Without control characters (but for newline and tab) and without those that turn the direction of writing around.
    /// CR LF and CR become newlines: to leave a CR out would glue together the words around it.
    static func of(_ text: String) -> String {
        guard text.utf8.contains(where: mayNeedCare) else { return text }
        var visible = String.UnicodeScalarView()
        var isAfterCR = false
        for scalar in text.unicodeScalars {
            let isCR = scalar.value == 0x0D
            if isCR {
                visible.append("\n")
            } else if !isHidden(scalar), scalar.value != 0x0A || !isAfterCR {
                visible.append(scalar)
            }
            isAfterCR = isCR
        }
        return String(visible)
    }

    /// The same on one line: every run of white space that is more than a blank becomes one.
    static func line(_ text: String) -> String {
        let visible = of(text)
        guard visible.unicodeScalars.contains(where: isBreak) else { return visible }
        let words = visible.unicodeScalars.split { isBreak($0) || $0 == " " }
        return words.map { String($0) }.joined(separator: " ")
    }

    /// With a plain blank or apostrophe for each of the typographic ones that ICU puts into numbers and times (`1’000` in
    /// Switzerland): one of them would make a whole SMS UCS-2, of 70 characters a segment and not 160.
    static func withPlainSeparators(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 >= 0x80 }) else { return text }
        var plain = String.UnicodeScalarView()
        var isAfterDigit = false
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0xA0, 0x2007, 0x2009, 0x202F: plain.append(" ")
            case 0x2019 where isAfterDigit: plain.append("'")
            default: plain.append(scalar)
            }
            isAfterDigit = (0x30...0x39).contains(scalar.value)
        }
        return String(plain)
    }

    /// Controls, and the first bytes of the C1 and directional characters in UTF-8.
    private static func mayNeedCare(_ byte: UInt8) -> Bool {
        (byte < 0x20 && byte != 0x0A) || byte == 0x7F || byte == 0xC2 || byte == 0xE2
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0..<0x20, 0x7F..<0xA0: true
        // Embeddings, overrides and isolates (Unicode TR9 §2): they could show a link's end before its beginning.
        case 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x2028, 0x2029: true
        default: false
        }
    }
}
