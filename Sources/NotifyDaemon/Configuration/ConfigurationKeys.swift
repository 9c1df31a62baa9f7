import Broker
import Telemetry

/// The one table of keys: everything else about configuration is derived from it.
struct ConfigurationKeys: Sendable {
    /// In the order of the documentation.
    let all: [ConfigurationKey]
    private let indexByName: [String: Int]

    /// - Parameter smtpProviders: the NAMEs of `smtp.NAME.…` that the sources mention.
    init(smtpProviders: some Sequence<String> = []) {
        let further = Set(smtpProviders).sorted().flatMap { Self.smtp(prefix: "smtp.\($0)") }
        all =
            Self.rabbitmq + Self.database + Self.email + Self.smtp(prefix: "smtp") + further + Self.sms + Self.pipeline
            + Self.content + Self.operation
        indexByName = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.name, $0) })
    }

    subscript(name: String) -> ConfigurationKey? {
        indexByName[name].map { all[$0] }
    }

    /// True for `rabbitmq` and `rabbitmq.tls`, which hold keys but are none.
    func isSection(_ name: String) -> Bool {
        all.contains { $0.name.hasPrefix(name + ".") }
    }

    private static let rabbitmq = [
        ConfigurationKey(
            "rabbitmq.url",
            .brokerURLs,
            default: "amqp://guest:guest@127.0.0.1:5672/%2F",
            sensitivity: .url,
            "amqp:// or amqps://; several, comma-separated, are a cluster's nodes, tried in turn"
        ),
        ConfigurationKey("rabbitmq.exchange", .brokerName, default: "domain-events", "durable topic exchange"),
        ConfigurationKey("rabbitmq.queue", .brokerName, default: "notifications.events", "the queue it consumes"),
        ConfigurationKey(
            "rabbitmq.queueType",
            .choice(BrokerTopology.QueueType.allCases.map(\.rawValue)),
            default: "quorum",
            "quorum or classic"
        ),
        ConfigurationKey(
            "rabbitmq.declare",
            .boolean,
            default: "true",
            "false: check passively that all exists, declare nothing"
        ),
        ConfigurationKey(
            "rabbitmq.deadLetterExchange",
            .brokerName,
            default: "dlx",
            "durable topic exchange of dead letters"
        ),
        ConfigurationKey(
            "rabbitmq.prefetch",
            .integer(1...65535),
            default: "256",
            "upper bound of events in flight"
        ),
        ConfigurationKey(
            "rabbitmq.heartbeat",
            .seconds(1...600),
            default: "10s",
            "how soon a silent broker is noticed"
        ),
        ConfigurationKey("rabbitmq.tls.ca", .path, note: "the system's CAs", "PEM file of CAs for amqps://"),
        ConfigurationKey("rabbitmq.tls.certificate", .path, "PEM file of the client certificate"),
        ConfigurationKey("rabbitmq.tls.key", .path, "PEM file of the client certificate's key"),
    ]

    private static let database = [
        ConfigurationKey(
            "database.url",
            .databaseURL,
            default: "postgres://127.0.0.1:5432/notify",
            sensitivity: .url,
            "any libpq URI"
        ),
        ConfigurationKey(
            "database.migrationUrl",
            .databaseURL,
            note: "database.url",
            sensitivity: .url,
            "the role that may change the schema"
        ),
        ConfigurationKey("database.schema", .identifier, default: "notifications", "the schema of all tables"),
        ConfigurationKey("database.migrate", .boolean, default: "true", "false: `run` changes no schema"),
    ]

    private static let email = [
        ConfigurationKey(
            "email.providers",
            .names,
            default: "smtp",
            "in order: smtp, file, or the name of a further SMTP provider"
        ),
        ConfigurationKey("email.from", .mailbox, "the sender; required with SMTP"),
        ConfigurationKey("email.replyTo", .mailbox, "where answers go"),
        ConfigurationKey("email.envelopeFrom", .address, note: "email.from", "where bounces go (MAIL FROM)"),
    ]

    /// The keys of one SMTP provider; those of `smtp` itself have the prefix `smtp`, others `smtp.NAME`.
    static func smtp(prefix: String) -> [ConfigurationKey] {
        [
            ConfigurationKey(
                "\(prefix).url",
                .smtpURL,
                default: prefix == "smtp" ? "smtp://127.0.0.1:25" : nil,
                sensitivity: .url,
                "smtp:// or smtps://"
            ),
            ConfigurationKey("\(prefix).username", .text, "user name of SMTP AUTH"),
            ConfigurationKey("\(prefix).password", .text, sensitivity: .secret, "password of SMTP AUTH"),
            ConfigurationKey(
                "\(prefix).startTls",
                .choice(SMTPSettings.StartTLS.allCases.map(\.rawValue)),
                note: "require; auto on loopback",
                "require, auto (when offered) or never; credentials never cross plain text except on loopback"
            ),
            ConfigurationKey("\(prefix).tls.ca", .path, note: "the system's CAs", "PEM file of CAs for this server"),
            ConfigurationKey("\(prefix).heloName", .hostName, note: "the host's name", "the name said in EHLO"),
            ConfigurationKey(
                "\(prefix).connections",
                .integer(1...1000),
                default: "64",
                "at most so many, opened on demand, kept while used"
            ),
            ConfigurationKey(
                "\(prefix).answerTimeout",
                .duration(.seconds(1) ... .seconds(3600)),
                default: "10m",
                "wait for the answer after the last byte (RFC 5321 §4.5.3.2.6)"
            ),
            ConfigurationKey("\(prefix).rate", .rate, "messages a second"),
        ]
    }

    private static let sms = [
        ConfigurationKey(
            "file.path",
            .path,
            default: "./outbox",
            "folder of the provider `file`: emails in mail/new/, SMS in sms/"
        ),
        ConfigurationKey("sms.providers", .names, "in order: twilio, file"),
        ConfigurationKey(
            "sms.maxSegments",
            .integer(1...10),
            default: "3",
            "a longer SMS is refused"
        ),
        ConfigurationKey("twilio.accountSid", .text, "account id (AC…)"),
        ConfigurationKey("twilio.authToken", .text, sensitivity: .secret, "the account's token"),
        ConfigurationKey("twilio.from", .phone, "the sender's number"),
        ConfigurationKey("twilio.messagingServiceSid", .text, "instead of twilio.from (MG…)"),
        ConfigurationKey(
            "twilio.baseUrl",
            .httpURL,
            default: "https://api.twilio.com",
            // None belongs there; an error about one must not show it.
            sensitivity: .url,
            "where Twilio's API is"
        ),
        ConfigurationKey("twilio.rate", .rate, "messages a second"),
    ]

    private static let pipeline = [
        ConfigurationKey(
            "send.timeout",
            .duration(.seconds(1) ... .seconds(600)),
            default: "30s",
            "one attempt up to its last byte, connect included; HTTP: the whole exchange"
        ),
        ConfigurationKey(
            "retry.delays",
            .durations(.milliseconds(1) ... .seconds(7 * 86400)),
            default: "5s,30s,2m,10m,1h",
            "attempts are one more than these"
        ),
        ConfigurationKey(
            "claim.lease",
            .duration(.seconds(1) ... .seconds(3600)),
            default: "2m",
            "how soon a dead owner's claim is looked at; at least 2 × (send.timeout + 5 s)"
        ),
        ConfigurationKey(
            "parked.max",
            .integer(0...100_000_000),
            default: "100000",
            "above it, consuming pauses"
        ),
        ConfigurationKey(
            "audit.keep",
            .duration(.seconds(86400) ... .seconds(36500 * 86400)),
            default: "400d",
            "older months are dropped; dedupe holds as long"
        ),
        ConfigurationKey(
            "delivery.only",
            .recipients,
            "allowed recipients, e.g. *@ourco.example; all others end `suppressed` (staging)"
        ),
    ]

    private static let content = [
        ConfigurationKey(
            "links.passwordReset",
            .linkTemplate,
            "for events with a token and no resetUrl: https://app.example.com/reset?token={token}"
        ),
        ConfigurationKey("links.hosts", .hosts, note: "any", "hosts that links taken from events may point to"),
        ConfigurationKey("catalogue.path", .path, note: "the built-in one", "folder of notifications"),
        ConfigurationKey("catalogue.locale", .locale, default: "en", "last fallback"),
        ConfigurationKey("catalogue.timezone", .timezone, default: "UTC", "last fallback"),
        ConfigurationKey(
            "storage.key",
            .bytes(32...32),
            sensitivity: .secret,
            "encrypts bodies at rest (AES-GCM)"
        ),
        ConfigurationKey(
            "storage.addressKey",
            .bytes(32...1024),
            note: "made by the first migration",
            sensitivity: .secret,
            "HMAC key of address_hash"
        ),
    ]

    private static let operation = [
        ConfigurationKey("http.listen", .listen, default: "127.0.0.1:9464", "probes and metrics; off"),
        ConfigurationKey(
            "log.level",
            .levels,
            default: "info",
            "a level, and levels by component: info,broker=debug"
        ),
        ConfigurationKey(
            "log.format",
            .choice(LogFormat.allCases.map(\.rawValue)),
            default: "auto",
            "json, text, or auto: text on a terminal, else json"
        ),
        ConfigurationKey(
            "shutdown.drain",
            .duration(.seconds(0) ... .seconds(900)),
            default: "25s",
            "how long a drain may take"
        ),
        ConfigurationKey(
            "tls.allowPlaintext",
            .hosts,
            "hosts to which amqp://, http:// or sslmode below verify-full is allowed; loopback always is"
        ),
    ]
}
