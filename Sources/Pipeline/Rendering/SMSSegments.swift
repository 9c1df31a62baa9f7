/// How many segments an SMS takes (3GPP TS 23.038 for the alphabets, TS 23.040 §9.2.3.24 for the parts).
public struct SMSSegments: Sendable, Equatable {
    public enum Alphabet: Sendable, Equatable {
        /// 160 septets in one segment, 153 in each of several.
        case gsm7
        /// 70 UTF-16 units in one segment, 67 in each of several.
        case ucs2

        var single: Int { self == .gsm7 ? 160 : 70 }
        var part: Int { self == .gsm7 ? 153 : 67 }
    }

    public let alphabet: Alphabet
    /// Septets or UTF-16 units.
    public let units: Int
    /// At least 1.
    public let count: Int

    public init(_ text: String) {
        let septets = text.unicodeScalars.map(Self.septets)
        let isGSM7 = septets.allSatisfy { $0 > 0 }
        alphabet = isGSM7 ? .gsm7 : .ucs2
        let lengths = isGSM7 ? septets : text.unicodeScalars.map { $0.value > 0xFFFF ? 2 : 1 }
        units = lengths.reduce(0, +)
        count = units <= alphabet.single ? 1 : Self.parts(lengths, of: alphabet.part)
    }

    /// An escape sequence or a surrogate pair that does not fit goes to the next segment whole.
    private static func parts(_ lengths: [Int], of size: Int) -> Int {
        var count = 1
        var used = 0
        for length in lengths {
            if used + length > size {
                count += 1
                used = 0
            }
            used += length
        }
        return count
    }

    /// 1 for a character of the basic alphabet, 2 for one of the extension table, 0 for any other.
    private static func septets(_ scalar: Unicode.Scalar) -> Int {
        if basic.contains(scalar) { return 1 }
        return extended.contains(scalar) ? 2 : 0
    }

    private static let basic = Set(
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
            + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà").unicodeScalars
    )

    private static let extended = Set("\u{0C}^{}\\[~]|€".unicodeScalars)
}
