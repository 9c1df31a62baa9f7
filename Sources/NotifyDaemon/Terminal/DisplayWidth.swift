/// How many columns a text takes on a terminal: two for wide characters and emoji, none for combining marks.
///
/// Unicode UAX #11 and UTS #51, as terminals count: by scalar, so that a letter of several scalars is the sum of them.
enum DisplayWidth {
    static func of(_ text: some StringProtocol) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + width(of: $1) }
    }

    /// The longest beginning that takes at most so many columns; a character is in it whole or not at all.
    static func prefix(_ text: String, columns: Int) -> Substring {
        var left = columns
        return text.prefix { character in
            left -= width(of: character)
            return left >= 0
        }
    }

    private static func width(of character: Character) -> Int {
        var sum = 0
        for scalar in character.unicodeScalars {
            switch scalar {
            // The variation selector asks for the emoji, which is wide, in place of the narrow sign.
            case "\u{FE0F}" where sum == 1: sum = 2
            // A skin tone is drawn into the emoji before it.
            case _ where sum > 0 && scalar.properties.isEmojiModifier: break
            default: sum += width(of: scalar)
            }
        }
        return sum
    }

    private static func width(of scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        // The vowels and ends of a Hangul syllable are drawn into its beginning.
        if (0x1160...0x11FF).contains(scalar.value) { return 0 }
        // Two of them are one flag.
        if (0x1F1E6...0x1F1FF).contains(scalar.value) { return 1 }
        return scalar.properties.isEmojiPresentation || wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// East Asian Wide and Fullwidth beside the emoji (EastAsianWidth.txt), in order.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x18D08, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD,
    ]
}
