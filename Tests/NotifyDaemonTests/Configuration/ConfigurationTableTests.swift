import Pipeline
import Testing

@testable import NotifyDaemon

@Suite("Configuration: the table of keys")
struct ConfigurationTableTests {
    private let keys = ConfigurationKeys(smtpProviders: ["my-relay"])

    @Test("Every default is a value of its own key's type")
    func defaults() throws {
        for key in keys.all {
            guard let text = key.defaultText else { continue }
            #expect(throws: Never.self, "\(key.name)") { try key.type.parse(text) }
        }
    }

    @Test("Every example is a value of its own key's type, and not its default")
    func examples() throws {
        for key in keys.all {
            #expect(throws: Never.self, "\(key.name)") { try key.type.parse(key.example) }
            #expect(key.example != key.defaultText, "\(key.name)")
        }
    }

    @Test("Names and variables are unique, and every key says what it is for")
    func names() {
        #expect(Set(keys.all.map(\.name)).count == keys.all.count)
        #expect(Set(keys.all.map(\.environmentName)).count == keys.all.count)
        #expect(keys.all.allSatisfy { !$0.meaning.isEmpty })
    }

    @Test(
        "The variable of a key is its name in upper case, words apart",
        arguments: [
            ("rabbitmq.deadLetterExchange", "NOTIFYD_RABBITMQ_DEAD_LETTER_EXCHANGE"),
            ("rabbitmq.tls.ca", "NOTIFYD_RABBITMQ_TLS_CA"),
            ("smtp.startTls", "NOTIFYD_SMTP_START_TLS"),
            ("twilio.messagingServiceSid", "NOTIFYD_TWILIO_MESSAGING_SERVICE_SID"),
            ("smtp.my-relay.url", "NOTIFYD_SMTP_MY_RELAY_URL"),
            ("database.url", "NOTIFYD_DATABASE_URL"),
        ]
    )
    func environmentNames(name: String, variable: String) {
        #expect(keys[name]?.environmentName == variable)
        #expect(keys[name]?.credentialName == variable.lowercased())
    }

    @Test(
        "Durations are printed in the shortest exact form",
        arguments: ["250ms", "10s", "5m", "2h", "400d", "70s", "1500ms", "36h"]
    )
    func durations(text: String) throws {
        let duration = try #require(DurationText.parse(text))
        #expect(DurationText.format(duration) == text)
    }

    @Test(
        "The nearest name is the one with the fewest edits, swaps counting one",
        arguments: [("prefech", "prefetch"), ("exhcange", "exchange"), ("QUEUE", "queue")]
    )
    func nearest(typed: String, meant: String) {
        #expect(NearestName.of(typed, among: ["queue", "exchange", "prefetch", "queueType"]) == meant)
    }
}
