import Foundation
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

    @Test(
        "a secret is hidden percent-encoded, in base64 and as a number in groups",
        arguments: [
            ("see https://x.example/?e=jo.doe%40example.com&z", "jo.doe@example.com", "see https://x.example/?e=***&z"),
            ("see https://x.example/?p=%2b4915207770001.", "+4915207770001", "see https://x.example/?p=***."),
            ("no +49 1520 777-0001 here 12", "+4915207770001", "no +*** here 12"),
            ("0152 07770001: blocked", "+4915207770001", "***: blocked"),
            ("on 2026-11-22 15:36 nobody", "+4915207770001", "on 2026-11-22 15:36 nobody"),
            ("got AHVzZXIAUzNjcjN0TTRyaw==", "S3cr3tM4rk", "got AHVzZXIA***w=="),
        ]
    )
    func forms(_ text: String, _ secret: String, _ expected: String) {
        #expect(ServerText.line(text, hiding: [secret]) == expected)
    }

    @Test(
        "a secret is found in base64 wherever it begins",
        arguments: ["", "x", "xy", "xyz"]
    )
    func base64(before: String) {
        let text = Data("\(before)jane.doe.mark rest".utf8).base64EncodedString()
        let line = ServerText.line(text, hiding: ["jane.doe.mark"])
        #expect(line.contains("***") && line.utf8.count < 20)
    }

    @Test("the longest text stays below the bound")
    func bound() {
        let line = ServerText.line(String(repeating: "\u{7}", count: 100_000))
        #expect(line.unicodeScalars.count <= ServerText.maximumLength)
    }
}
