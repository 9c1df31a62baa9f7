import Testing

@testable import Senders

@Suite("What links give away")
struct LinkSecretsTests {
    @Test(
        "the tail of a link and its long parts are secrets, short words and the host are not",
        arguments: [
            ("no link: at all", []),
            ("see https://example.com now", []),
            ("Reset: https://a.example/reset?token=tok123456 now", ["/reset?token=tok123456", "tok123456"]),
            ("<https://a.example/r/0123456789>", ["/r/0123456789", "0123456789"]),
            ("https://a.example/x#k=abcdefgh", ["/x#k=abcdefgh", "abcdefgh"]),
        ] as [(String, [String])]
    )
    func links(_ text: String, _ expected: [String]) {
        #expect(LinkSecrets.all(in: text) == expected)
    }

    @Test("links beyond the eighth are not looked at")
    func many() {
        let text = String(repeating: "https://a.example/0123456789 ", count: 1000)
        #expect(LinkSecrets.all(in: text).count == 16)
    }
}
