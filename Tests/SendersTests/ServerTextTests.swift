import Testing

@testable import Senders

@Suite("Text of a server")
struct ServerTextTests {
    @Test(
        "addresses and phone numbers are masked wherever they stand",
        arguments: [
            ("<jane@example.com>: no", "<***>: no"), ("to=jane@example.com, x", "to=***, x"),
            ("jane+tag@sub.example.com", "***"), ("a@b c@d", "*** ***"), ("'+4915112345678' is", "'+***' is"),
            ("port 25, code 21211", "port 25, code 21211"), ("jane@@example.com", "***"),
            ("jörg@bücher.example", "***"), ("@", "***"),
        ]
    )
    func masking(_ text: String, _ expected: String) {
        #expect(ServerText.line(text) == expected)
    }

    @Test("line breaks and bidirectional marks are escaped, blanks in a row become one")
    func escaping() {
        #expect(ServerText.line("a\r\nb\u{202E}  c") == "a\\u{d}\\u{a}b\\u{202e} c")
    }

    @Test("what is secret is hidden whatever its case, the longer first; what is too short to tell is not looked for")
    func hiding() {
        #expect(ServerText.line("Token SECRET and secrets", hiding: ["secret", "secrets"]) == "Token *** and ***")
        #expect(ServerText.line("ab", hiding: ["ab", ""]) == "ab")
    }

    @Test("the longest text stays below the bound")
    func bound() {
        let line = ServerText.line(String(repeating: "\u{7}", count: 100_000))
        #expect(line.unicodeScalars.count <= ServerText.maximumLength)
    }
}
