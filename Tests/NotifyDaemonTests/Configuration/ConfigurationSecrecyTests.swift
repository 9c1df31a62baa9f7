import FoundationEssentials
import Testing

@testable import NotifyDaemon

@Suite("Configuration: secrets are seen nowhere")
struct ConfigurationSecrecyTests {
    let scratch: ScratchConfiguration
    private static let secret = "hunter2"

    init() throws {
        scratch = try ScratchConfiguration()
    }

    private func loaded() throws -> LoadedConfiguration {
        try scratch.load(
            yaml: "sms.providers: twilio\ntwilio:\n  accountSid: AC1\n  from: '+15005550006'\nsmtp.username: u\n",
            environment: [
                "NOTIFYD_SMTP_PASSWORD": Self.secret, "NOTIFYD_TWILIO_AUTH_TOKEN": Self.secret,
                "RABBITMQ_URL": "amqp://u:\(Self.secret)@localhost/v,amqp://u:\(Self.secret)@127.0.0.1",
                "DATABASE_URL": "postgres://u:\(Self.secret)@localhost/n?sslpassword=\(Self.secret)&sslmode=prefer",
                "NOTIFYD_STORAGE_KEY": Data(Array(repeating: 7, count: 32)).base64EncodedString(),
            ]
        )
    }

    @Test("notifyd config shows secrets and the passwords in URLs as ***")
    func config() throws {
        let settings = try loaded().settings
        let values = Dictionary(uniqueKeysWithValues: settings.map { ($0.name, $0.value) })
        #expect(values["smtp.password"] == "***")
        #expect(values["twilio.authToken"] == "***")
        #expect(values["storage.key"] == "***")
        #expect(values["rabbitmq.url"] == "amqp://u:***@localhost/v,amqp://u:***@127.0.0.1")
        #expect(values["database.url"] == "postgres://u:***@localhost/n?sslpassword=***&sslmode=prefer")
        #expect(values["database.migrationUrl"] == values["database.url"])
        for setting in settings { #expect(setting.value?.contains(Self.secret) != true) }
    }

    @Test("The default URL's password is hidden too")
    func defaultURL() throws {
        let url = try scratch.load().settings.first { $0.name == "rabbitmq.url" }
        #expect(url?.value == "amqp://guest:***@127.0.0.1:5672/%2F")
    }

    @Test("The configuration prints no secret, however it is printed")
    func printing() throws {
        let loaded = try loaded()
        var dumped = ""
        dump(loaded, to: &dumped)
        for text in ["\(loaded)", String(reflecting: loaded), dumped] {
            #expect(!text.contains(Self.secret))
        }
        #expect("\(Secret(Self.secret))" == "***")
        #expect(String(reflecting: Secret(Self.secret)) == "***")
    }

    @Test(
        "An error about a URL never repeats its password",
        arguments: [
            "amqp://u:hunter2@localhost:notaport", "amqp://u:hunter2@@localhost", "amqp://u:hunter2@localhost/a/b",
            "u:hunter2@localhost", "amqp://u:hunt%er2hunter2@localhost", "amqp://u:p,hunter2@localhost",
            "http://u:hunter2@localhost", "amqp://u:hunter2@localhost?heartbeat=1",
        ]
    )
    func urlErrors(url: String) throws {
        let problems = try scratch.problems(environment: ["NOTIFYD_RABBITMQ_URL": url])
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("variable NOTIFYD_RABBITMQ_URL: rabbitmq.url: ") == true)
        #expect(problems.first?.contains(Self.secret) == false)
    }

    @Test(
        "A key whose URL should hold no secret does not repeat one either, nor does a misspelt parameter",
        arguments: [
            ("NOTIFYD_TWILIO_BASE_URL", "https://u:hunter2@api.twilio.com"),
            ("NOTIFYD_TWILIO_BASE_URL", "https://api.twilio.com/?token=hunter2"),
            ("NOTIFYD_DATABASE_URL", "postgres://u@localhost:x/n?pasword=hunter2"),
            ("NOTIFYD_DATABASE_URL", "postgres://u@localhost/n?sslmode=loud&pasword=hunter2"),
        ]
    )
    func otherURLs(variable: String, url: String) throws {
        let problems = try scratch.problems(environment: [variable: url])
        #expect(problems.count == 1)
        #expect(problems.first?.contains(Self.secret) == false)
    }

    @Test("An error about a secret never repeats it")
    func secretErrors() throws {
        let problems = try scratch.problems(environment: ["NOTIFYD_SMTP_PASSWORD": "hunter2\nsecond line"])
        #expect(problems.first?.hasPrefix("variable NOTIFYD_SMTP_PASSWORD: smtp.password: the value is not") == true)
        #expect(problems.first?.contains(Self.secret) == false)
    }
}
