import FoundationEssentials
import Testing

@testable import NotifyDaemon

@Suite("Configuration: what must hold between keys")
struct ConfigurationChecksTests {
    let scratch: ScratchConfiguration

    init() throws {
        scratch = try ScratchConfiguration()
    }

    @Test("claim.lease below 2 × (send.timeout + 5 s) is an error, exactly that is not")
    func lease() throws {
        let short = try scratch.problems(yaml: "claim.lease: 69s\n")
        #expect(
            short == [
                "notifyd.yaml:1: claim.lease: 69s is shorter than 2 × (send.timeout + 5 s);"
                    + " raise it to 70s or lower send.timeout"
            ]
        )
        #expect(try scratch.problems(yaml: "claim.lease: 70s\n").isEmpty)
        #expect(try scratch.problems(yaml: "send.timeout: 1m\n").first?.contains("raise it to 130s") == true)
    }

    @Test("a drain with what follows it has to be below the stop timeout, where one is known")
    func stopTimeout() throws {
        let killed = try scratch.problems(yaml: "shutdown.drain: 20s\nshutdown.stopTimeout: 30s\n")
        #expect(
            killed == [
                "notifyd.yaml:1: shutdown.drain: 20s and the 10s after it are not below shutdown.stopTimeout (30s): a full"
                    + " drain would be killed; lower it, or raise the service manager's stop timeout and"
                    + " shutdown.stopTimeout with it"
            ]
        )
        #expect(try scratch.problems(yaml: "shutdown.stopTimeout: 36s\n").isEmpty)
        #expect(try scratch.problems(yaml: "shutdown.drain: 15m\n").isEmpty)
    }

    @Test("email.from is required with any SMTP provider and not with file alone")
    func sender() throws {
        #expect(try scratch.problems(withSender: false).first?.hasPrefix("email.from: is required") == true)
        #expect(try scratch.problems(yaml: "email.providers: file\n", withSender: false).isEmpty)
        #expect(try scratch.problems(yaml: "email.providers: file,smtp\n", withSender: false).count == 1)
    }

    @Test("what sends nothing needs no email.from, and all else must be right")
    func noSender() throws {
        #expect(try scratch.load(withSender: false, sends: false).configuration.email.from == nil)
        #expect(throws: ConfigurationFailure.self) {
            try scratch.load(yaml: "send.timeout: soon\n", withSender: false, sends: false)
        }
    }

    @Test("A provider without its URL, or with a name that means something else, is an error")
    func providerNames() throws {
        #expect(
            try scratch.problems(yaml: "email.providers: mailgun\n")
                == [
                    "notifyd.yaml:1: email.providers: mailgun is not smtp or file, and there is no smtp.mailgun.url;"
                        + " set that or correct it"
                ]
        )
        #expect(try scratch.problems(yaml: "email.providers: url\n").first?.contains("cannot be called url") == true)
        #expect(
            try scratch.problems(yaml: "sms.providers: nexmo\n").first?.contains("nexmo is not a known provider")
                == true
        )
    }

    @Test("Twilio needs account, token and a sender")
    func twilio() throws {
        let problems = try scratch.problems(yaml: "sms.providers: twilio\n")
        #expect(
            problems.map { $0.split(separator: " ")[1] } == ["twilio.accountSid:", "twilio.authToken:", "twilio.from:"]
        )
        let yaml = "sms.providers: twilio\ntwilio:\n  accountSid: AC1\n  authToken: t\n  messagingServiceSid: MG1\n"
        #expect(try scratch.problems(yaml: yaml).isEmpty)
    }

    @Test(
        "Plain text to a host that is neither loopback nor listed is an error for broker, database and Twilio",
        arguments: [
            "rabbitmq.url: amqp://rabbit.internal",
            "rabbitmq.url: amqps://localhost,amqp://10.0.0.1",
            "database.url: postgres://db.internal/notify",
            "database.url: postgres://db.internal/notify?sslmode=require",
            "database.url: postgres://127.0.0.1,db.internal/notify?sslmode=verify-ca",
            "database.url: postgres:///notify?host=db.internal",
            "database.url: postgres:///notify?hostaddr=10.0.0.1",
            "database.migrationUrl: postgres://db.internal/notify",
            "database.retentionUrl: postgres://db.internal/notify",
        ]
    )
    func plaintext(line: String) throws {
        let problems = try scratch.problems(yaml: line + "\n")
        #expect(problems.count == 1)
        #expect(problems.first?.contains("would not be protected") == true)
        #expect(problems.first?.contains("tls.allowPlaintext") == true)
        let allowed = "tls.allowPlaintext: [rabbit.internal, 10.0.0.1, DB.internal]\n"
        #expect(try scratch.problems(yaml: line + "\n" + allowed).isEmpty)
    }

    @Test("Twilio over http is allowed to loopback only")
    func twilioPlaintext() throws {
        let yaml =
            "sms.providers: twilio\ntwilio:\n  accountSid: AC1\n  authToken: t\n  from: '+15005550006'\n  baseUrl: "
        #expect(try scratch.problems(yaml: yaml + "http://[::1]:8080/\n").isEmpty)
        #expect(try scratch.problems(yaml: yaml + "http://twilio.internal\n").first?.contains("use https://") == true)
    }

    @Test(
        "Encrypted, local and socket connections need no permission",
        arguments: [
            "rabbitmq.url: amqps://rabbit.internal", "rabbitmq.url: amqp://127.8.9.10", "rabbitmq.url: 'amqp://[::1]'",
            "database.url: postgres://db.internal/notify?sslmode=verify-full", "database.url: postgres:///notify",
            "database.url: postgres://%2Frun%2Fpostgresql/notify",
            "database.url: postgres:///notify?host=/run/postgresql",
        ]
    )
    func protected(line: String) throws {
        #expect(try scratch.problems(yaml: line + "\n").isEmpty)
    }

    @Test("PGHOST and PGSSLMODE count where the URI is silent, as libpq reads them")
    func libpqVariables() throws {
        let yaml = "database.url: postgres:///notify\n"
        #expect(try scratch.problems(yaml: yaml, environment: ["PGHOST": "db.internal"]).count == 1)
        let strict = ["PGHOST": "db.internal", "PGSSLMODE": "verify-full"]
        #expect(try scratch.problems(yaml: yaml, environment: strict).isEmpty)
    }

    @Test(
        "SMTP credentials that could cross plain text are an error, except on loopback",
        arguments: [
            ("smtp://mail.example", "never", false), ("smtp://mail.example", "auto", false),
            ("smtp://mail.example", "require", true), ("smtps://mail.example", "never", true),
            ("smtp://localhost", "never", true),
        ]
    )
    func smtpCredentials(url: String, startTls: String, isAllowed: Bool) throws {
        let yaml = "smtp:\n  url: \(url)\n  startTls: \(startTls)\n  username: u\n  password: p\n"
        let problems = try scratch.problems(yaml: yaml)
        #expect(problems.isEmpty == isAllowed)
        if !isAllowed { #expect(problems.first?.contains("could cross plain text to mail.example") == true) }
    }

    @Test("A user name without its password is an error, and so is a password alone")
    func halfCredentials() throws {
        #expect(
            try scratch.problems(yaml: "smtp.username: u\n")
                == ["notifyd.yaml:1: smtp.password: is required when smtp.username is set"]
        )
        #expect(try scratch.problems(yaml: "smtp.password: p\n").first?.contains("smtp.username: is required") == true)
    }

    @Test("startTls is auto on loopback and require elsewhere unless set")
    func startTLSDefault() throws {
        #expect(try scratch.load(yaml: "smtp.url: smtp://localhost\n").configuration.smtp.first?.startTLS == .auto)
        #expect(
            try scratch.load(yaml: "smtp.url: smtp://mail.example\n").configuration.smtp.first?.startTLS == .require
        )
    }

    @Test("storage.key is exactly 32 bytes of base64")
    func storageKey() throws {
        let good = Data(repeating: 7, count: 32).base64EncodedString()
        let configuration = try scratch.load(environment: ["NOTIFYD_STORAGE_KEY": good]).configuration
        #expect(configuration.storage.key?.revealed == Array(repeating: 7, count: 32))
        let short = Data(repeating: 7, count: 31).base64EncodedString()
        let problems = try scratch.problems(environment: ["NOTIFYD_STORAGE_KEY": short])
        #expect(problems.first?.contains("(it is 31 bytes)") == true)
        #expect(problems.first?.contains(short) == false)
        #expect(try scratch.problems(environment: ["NOTIFYD_STORAGE_KEY": "not base64"]).count == 1)
    }

    @Test("The dead-letter exchange must differ, a queue name may not be the broker's own")
    func brokerNames() throws {
        #expect(try scratch.problems(yaml: "rabbitmq.deadLetterExchange: domain-events\n").count == 1)
        #expect(try scratch.problems(yaml: "rabbitmq.queue: amq.mine\n").count == 1)
        #expect(try scratch.problems(yaml: "rabbitmq.queue: \(String(repeating: "q", count: 251))\n").count == 1)
    }

    @Test("A TLS file that cannot be read or is none, and a certificate without its key, are errors")
    func tlsFiles() throws {
        func problems(_ key: String, _ file: String) throws -> [String] {
            let yaml = "rabbitmq.\(key): \(scratch.path)/\(file)\nrabbitmq.url: amqps://broker.example/\n"
            return try scratch.problems(yaml: yaml)
        }
        #expect(
            try problems("tls.ca", "none.pem")
                == ["notifyd.yaml:1: rabbitmq.tls.ca: none.pem cannot be read: there is no such file"]
        )
        try scratch.write("x", to: "cert.pem")
        let half = try problems("tls.certificate", "cert.pem")
        #expect(
            half == [
                "notifyd.yaml:1: rabbitmq.tls.key: is required when rabbitmq.tls.certificate is set",
                "notifyd.yaml:1: rabbitmq.tls.certificate: cert.pem holds no certificate in PEM form",
            ]
        )
    }

    @Test("A check between keys stays silent where one of them is already wrong")
    func noFollowUps() throws {
        let problems = try scratch.problems(yaml: "send.timeout: soon\nclaim.lease: 12s\n")
        #expect(problems.count == 1)
    }
}
