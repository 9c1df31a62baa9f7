import Testing

@testable import NotifyDaemon

@Suite("Configuration: what is allowed and worth a word")
struct ConfigurationWarningsTests {
    let scratch: ScratchConfiguration

    init() throws {
        scratch = try ScratchConfiguration()
    }

    /// Without those that a default configuration has.
    private func warnings(_ yaml: String) throws -> [String] {
        try scratch.load(yaml: yaml).warnings.filter { !Self.standard.contains($0.split(separator: " ")[0]) }
    }

    private static let standard: Set<Substring> = ["storage.key", "storage.addressKey", "links.hosts"]

    @Test("missing keys of storage and links are warnings")
    func missing() throws {
        #expect(Set(try scratch.load().warnings.map { $0.split(separator: " ")[0] }) == Self.standard)
    }

    @Test(
        "settings that would not do what they look like",
        arguments: [
            ("rabbitmq.heartbeat: 4s\n", "rabbitmq.heartbeat is below 5s"),
            ("smtp.answerTimeout: 30m\n", "send.timeout and smtp.answerTimeout together reach 30 minutes"),
            ("smtp:\n  url: smtp://mail.ourco.example\n  startTls: auto\n", "smtp.startTls is auto"),
            ("twilio.accountSid: AC1\n", "twilio.accountSid has no effect: add twilio to sms.providers"),
            ("smtp.backup.url: smtp://127.0.0.1\n", "smtp.backup.url has no effect: add backup to email.providers"),
            ("email.providers: file\nsmtp.rate: 5\n", "smtp.rate has no effect: add smtp to email.providers"),
            (
                "database.migrationUrl: postgres://127.0.0.1/other\n",
                "database.migrationUrl names the database other, database.url names notify"
            ),
            (
                "database.retentionUrl: postgres:///?dbname=other\n",
                "database.retentionUrl names the database other, database.url names notify"
            ),
        ]
    )
    func worthAWord(yaml: String, beginning: String) throws {
        let found = try warnings(yaml)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(beginning) == true, "\(found)")
    }

    @Test("certificates for a broker that is reached in plain text have no effect")
    func uselessCertificates() throws {
        try scratch.write(TestCertificate.pair, to: "ca.pem")
        let yaml = "rabbitmq:\n  tls:\n    ca: \(scratch.path)/ca.pem\n"
        #expect(try warnings(yaml) == ["rabbitmq.tls has no effect: rabbitmq.url has no amqps://"])
        #expect(try warnings(yaml + "  url: amqps://rabbit.ourco.example\n").isEmpty)
    }

    @Test(
        "settings just inside are silent",
        arguments: [
            "rabbitmq.heartbeat: 5s\n", "smtp.answerTimeout: 29m\n", "email.providers: smtp,file\nsmtp.rate: 5\n",
            "email.providers: backup\nsmtp.backup:\n  url: smtp://127.0.0.1\n  rate: 5\n",
            "database.migrationUrl: postgres://owner@127.0.0.1/notify\n",
        ]
    )
    func silent(yaml: String) throws {
        #expect(try warnings(yaml).isEmpty)
    }
}
