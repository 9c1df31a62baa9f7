/// Makes text from outside harmless on a terminal and in a line-based log.
///
/// Escaped are control characters, line and paragraph separators, and the bidirectional controls that let text read
/// differently from what it is.
public enum TextEscaping {
    /// `\n`, `\r`, `\t` as such, the others as `\u{202e}`; a backslash stays, this is for reading.
    public static func escaped(_ text: String) -> String {
        if isPlain(text.utf8) { return text }
        var result = ""
        for scalar in text.unicodeScalars { append(scalar, to: &result) }
        return result
    }

    static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        switch scalar {
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where isHarmful(scalar): result += "\\u{" + String(scalar.value, radix: 16) + "}"
        default: result.unicodeScalars.append(scalar)
        }
    }

    /// Printable ASCII only: the usual case, decided by bytes.
    static func isPlain(_ bytes: some Sequence<UInt8>) -> Bool {
        bytes.allSatisfy { (0x20...0x7E).contains($0) }
    }

    static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: true
        case 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}
