import Broker
import Senders
import Telemetry

/// Everything contract section 2 lets an operator set: read once, checked once across fields, passed by constructor.
struct NotifydConfiguration: Sendable, Equatable {
    var rabbitmq: RabbitMQSettings
    var database: DatabaseSettings
    var email: EmailSettings
    /// The SMTP providers that `email.providers` names, in its order.
    var smtp: [SMTPSettings]
    var file: FileSettings
    var sms: SMSSettings
    /// Present when `sms.providers` names `twilio`.
    var twilio: TwilioSettings?
    var send: SendSettings
    var retry: RetrySettings
    var claim: ClaimSettings
    var parked: ParkedSettings
    var audit: AuditSettings
    var delivery: DeliverySettings
    var links: LinkSettings
    var catalogue: CatalogueSettings
    var storage: StorageSettings
    var http: HTTPSettings
    var log: LogSettings
    var shutdown: ShutdownSettings
    var tls: TLSSettings
}

extension NotifydConfiguration {
    /// Connections to all providers at once: those by HTTP beside every SMTP session.
    var maximumTransfers: Int { smtp.reduce(64) { $0 + $1.connections } }
}

struct RabbitMQSettings: Sendable, Equatable {
    /// The nodes of `rabbitmq.url`, tried in turn; never empty.
    var nodes: [BrokerNode]
    var exchange: String
    var queue: String
    var queueType: BrokerTopology.QueueType
    /// False: everything is checked passively and nothing is declared.
    var declare: Bool
    var deadLetterExchange: String
    /// 1 to 65535 (AMQP 0-9-1 `basic.qos`, a 16-bit count).
    var prefetch: Int
    /// Whole seconds.
    var heartbeat: Duration
    var tls: TLSFiles
}

/// Files in PEM form; nil means the system's CAs, or no client certificate.
struct TLSFiles: Sendable, Equatable {
    var ca: String?
    var certificate: String?
    var key: String?
}

struct DatabaseSettings: Sendable, Equatable {
    /// A libpq URI; it may carry a password.
    var url: Secret<String>
    /// `database.url` unless set.
    var migrationURL: Secret<String>
    /// `database.migrationUrl` unless set.
    var retentionURL: Secret<String>
    var schema: String
    var migrate: Bool
}

struct EmailSettings: Sendable, Equatable {
    enum Provider: Sendable, Equatable, Hashable {
        /// The SMTP provider of that name, in `NotifydConfiguration.smtp`.
        case smtp(String)
        case file
    }

    var providers: [Provider]
    /// Set whenever a provider is SMTP.
    var from: Mailbox?
    var replyTo: Mailbox?
    /// For MAIL FROM; nil: `from`.
    var envelopeFrom: Mailbox?
}

struct SMTPSettings: Sendable, Equatable {
    enum StartTLS: String, Sendable, CaseIterable {
        case require, auto, never
    }

    /// `smtp`, or the NAME of `smtp.NAME.url`.
    var name: String
    var url: SMTPURL
    var username: String?
    var password: Secret<String>?
    var startTLS: StartTLS
    /// nil: the host's name.
    var heloName: String?
    var connections: Int
    /// How long to wait for the answer to the last byte.
    var answerTimeout: Duration
    /// Messages a second; nil: unlimited.
    var rate: Double?
    /// A PEM file of CAs for this server; nil: the system's.
    var ca: String?
}

struct FileSettings: Sendable, Equatable {
    var path: String
}

struct SMSSettings: Sendable, Equatable {
    enum Provider: String, Sendable, CaseIterable {
        case twilio, file
    }

    var providers: [Provider]
    var maxSegments: Int
}

struct TwilioSettings: Sendable, Equatable {
    var accountSID: String
    var authToken: Secret<String>
    /// At least one of `from` and `messagingServiceSID` is set.
    var from: String?
    var messagingServiceSID: String?
    /// Without a trailing slash.
    var baseURL: String
    /// Messages a second; nil: unlimited.
    var rate: Double?
}

struct SendSettings: Sendable, Equatable {
    var timeout: Duration
}

struct RetrySettings: Sendable, Equatable {
    /// Attempts are one more than these.
    var delays: [Duration]
}

struct ClaimSettings: Sendable, Equatable {
    var lease: Duration
}

struct ParkedSettings: Sendable, Equatable {
    var max: Int
}

struct AuditSettings: Sendable, Equatable {
    var keep: Duration
}

struct DeliverySettings: Sendable, Equatable {
    /// Patterns of allowed recipients (`*@ourco.example`, `+4915112345678`); empty: everybody.
    var only: [String]
}

struct LinkSettings: Sendable, Equatable {
    /// An https URL with `{token}` in it.
    var passwordReset: String?
    /// Lower case; nil: any host.
    var hosts: [String]?
}

struct CatalogueSettings: Sendable, Equatable {
    var path: String?
    var locale: String
    var timezone: String
}

struct StorageSettings: Sendable, Equatable {
    /// 32 bytes: bodies at rest are AES-GCM encrypted with it.
    var key: Secret<[UInt8]>?
    /// At least 32 bytes: the HMAC key of `address_hash`.
    var addressKey: Secret<[UInt8]>?
}

struct HTTPSettings: Sendable, Equatable {
    /// nil: off.
    var listen: ListenAddress?
}

struct LogSettings: Sendable, Equatable {
    var levels: LogLevels
    var format: LogFormat
}

struct ShutdownSettings: Sendable, Equatable {
    var drain: Duration
    /// When the service manager kills what is still there; nil: nobody said.
    var stopTimeout: Duration?

    /// What has not left by the end of the drain is given up; Postgres gets a little longer to hear of it.
    static let settleTime = Duration.seconds(2)
    /// For the last spans.
    static let flushTime = Duration.seconds(3)

    /// For connections and files.
    static let closeTime = Duration.seconds(5)
    /// The process may live so long beyond the drain.
    static let afterDrain = settleTime + flushTime + closeTime

    /// From the signal to the end of the process.
    var longest: Duration { drain + Self.afterDrain }
}

struct TLSSettings: Sendable, Equatable {
    /// Hosts, lower case, to which plain text is allowed besides loopback.
    var allowPlaintext: [String]
}
