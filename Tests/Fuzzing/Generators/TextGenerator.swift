/// Texts that programs stumble over: controls, bidirectional marks, markup, other encodings' leftovers, long runs.
struct TextGenerator: Sendable {
    static let standard = TextGenerator()

    private let pieces: [String] = [
        "", " ", "  ", "\t", "\n", "\r", "\r\n", "\r\n\r\n", "\u{0}", "\u{1}", "\u{1B}[31m", "\u{7F}", "\u{85}",
        "\u{A0}",
        "\u{AD}", "\u{200B}", "\u{200D}", "\u{2028}", "\u{2029}", "\u{202E}", "\u{2066}", "\u{FEFF}", "\u{FFFD}",
        "\u{E000}", "\u{F8FF}", "\u{10FFFF}", "\u{FFFF}", "e\u{301}", "\u{301}", "é", "ß", "İ", "ﬁ", "日本語", "한국", "🙂",
        "👨‍👩‍👧‍👦", "🇩🇪", "ا", "\u{FF0E}", "\u{FF20}", ".", "..", "\r\n.\r\n", ".\r\n", "-", "--", "=", "==", "=_notifyd_",
        "=?UTF-8?B?", "?=", "=3D", "=\r\n", "Bcc: x@y.example", "\r\nBcc: x@y.example", "\nTo: a@b.example",
        "@", "a@b.example", "<a@b.example>", "a,b", "\"", "'", "\\", "/", "<", ">", "&", "&amp;", "<b>", "<script>",
        "</p>", "<!--", "-->", "]]>", "javascript:", "https://x.example/", "http://", "www.x.example", "{{", "}}",
        "{{name}}", "{{#a}}", "{{/a}}", "{{^a}}", "{{{x}}}", "{{&x}}", "{{=<% %>=}}", "{{!", "{{>p}}", "*", "**", "_",
        "`", "```", "# ", "> ", "- ", "1. ", "[a](b)", "![a](b)", "[a]: b", "<https://a.example>", "| a |", "---",
        "***",
        "    ", "\\*", "&#0;", "&#x110000;", "%00", "%s", "%n", "0", "1", "-1", "9999999999999999999999", "1e999",
        "NaN",
        "true", "null", "~", "[]", "{}", "*a", "&a", "!!binary", ": ", "|\n", ">\n", "%YAML 1.1", "...", "€", "^", "[",
        "]",
        "a", "b", "name", "Ada", "hello world", "Ä", "¡", "@@", "{token}",
    ]

    /// Usually some words, now and then up to `maximum` bytes of anything.
    func text(_ random: inout SeededRandom, upTo maximum: Int = 2_000) -> String {
        var text = ""
        for _ in 0..<(1 + random.size(upTo: 24)) {
            switch random.below(12) {
            case 0: text += String(repeating: random.pick(pieces), count: random.size(upTo: maximum))
            case 1: text += String(decoding: random.bytes(random.size(upTo: 64)), as: UTF8.self)
            case 2: text.unicodeScalars.append(Unicode.Scalar(UInt32(random.below(0x11_0000))) ?? "x")
            default: text += random.pick(pieces)
            }
            if text.utf8.count > maximum { break }
        }
        guard text.utf8.count > maximum else { return text }
        return String(decoding: text.utf8.prefix(maximum), as: UTF8.self)
    }

    func piece(_ random: inout SeededRandom) -> String { random.pick(pieces) }
}
