import Testing

@testable import Transfer

@Suite("Where an SMTP session may go, and how safe it must be")
struct MailSecurityTests {
    private func decide(_ startTLS: MailSessionRequest.StartTLS, credentials: Bool, _ host: String) -> MailSecurity? {
        try? MailSecurity.decide(startTLS: startTLS, hasCredentials: credentials, host: host)
    }

    @Test("credentials to another host need TLS, or there is no session")
    func credentialsElsewhere() {
        #expect(decide(.auto, credentials: true, "mail.example") == .required)
        #expect(decide(.require, credentials: true, "mail.example") == .required)
        #expect(decide(.never, credentials: true, "mail.example") == nil)
    }

    @Test("without credentials, or on loopback, the configured choice holds")
    func otherwise() {
        #expect(decide(.auto, credentials: false, "mail.example") == .whenOffered)
        #expect(decide(.never, credentials: false, "mail.example") == MailSecurity.none)
        #expect(decide(.auto, credentials: true, "127.0.0.1") == .whenOffered)
        #expect(decide(.never, credentials: true, "localhost") == MailSecurity.none)
        #expect(decide(.require, credentials: true, "[::1]") == .required)
    }

    @Test(
        "names that only look like loopback are not",
        arguments: ["127.0.0.1.example", "localhost.example", "127.0.0", "128.0.0.1", "127.0.0.256", "[::2]", ""]
    )
    func notLoopback(host: String) {
        #expect(!MailSecurity.isLoopback(host))
    }

    @Test("the EHLO name is the path of the session's URL")
    func sessionURL() throws {
        let plain = try MailServerURL("smtp://mail.example:2525/ignored", heloName: "host.example")
        #expect(plain.sessionURL == "smtp://mail.example:2525/host.example")
        #expect(!plain.isImplicitTLS)
        let literal = try MailServerURL("smtps://[::1]", heloName: "[127.0.0.1]")
        #expect(literal.sessionURL == "smtps://[::1]/%5b127.0.0.1%5d")
        #expect(literal.isImplicitTLS)
        #expect(MailSecurity.isLoopback(literal.host))
    }

    @Test(
        "a URL of another kind, with credentials, or nonsense is refused",
        arguments: [
            "http://mail.example", "mail.example", "smtp://u:p@mail.example", "smtp://u@mail.example", "", "smtp://",
        ]
    )
    func badURL(url: String) {
        #expect(throws: TransferFailure.self) { try MailServerURL(url, heloName: "x") }
    }

    @Test("an EHLO name that could end the command is refused", arguments: ["", "a b", "a\r\nQUIT", "ü", "a\0"])
    func badName(name: String) {
        #expect(throws: TransferFailure.self) { try MailServerURL("smtp://mail.example", heloName: name) }
    }

    @Test("a description shows no password")
    func description() {
        let request = MailSessionRequest(url: "smtp://h", heloName: "x", username: "secret1", password: "secret2")
        #expect(!"\(request)".contains("secret"))
        #expect(!String(reflecting: request).contains("secret"))
    }
}
