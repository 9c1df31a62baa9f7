import Broker
import FoundationEssentials
import Logging
import Telemetry
import Testing

@testable import NotifyDaemon

@Suite("Configuration: sources and their precedence")
struct ConfigurationSourcesTests {
    let scratch: ScratchConfiguration

    init() throws {
        scratch = try ScratchConfiguration()
    }

    @Test("Nothing set but the sender gives every default of the contract")
    func defaults() throws {
        let configuration = try scratch.load().configuration
        #expect(configuration.rabbitmq.nodes.map(\.description) == ["amqp://127.0.0.1:5672"])
        #expect(configuration.rabbitmq.exchange == "domain-events")
        #expect(configuration.rabbitmq.queue == "notifications.events")
        #expect(configuration.rabbitmq.queueType == .quorum)
        #expect(configuration.rabbitmq.declare)
        #expect(configuration.rabbitmq.deadLetterExchange == "dlx")
        #expect(configuration.rabbitmq.prefetch == 256)
        #expect(configuration.rabbitmq.heartbeat == .seconds(10))
        #expect(configuration.database.url.revealed == "postgres://127.0.0.1:5432/notify")
        #expect(configuration.database.migrationURL == configuration.database.url)
        #expect(configuration.database.retentionURL == configuration.database.url)
        #expect(configuration.database.schema == "notifications")
        #expect(configuration.database.migrate)
        #expect(configuration.email.providers == [.smtp("smtp")])
        #expect(configuration.smtp.map(\.url.text) == ["smtp://127.0.0.1:25"])
        #expect(configuration.smtp.map(\.startTLS) == [.auto])
        #expect(configuration.smtp.map(\.connections) == [64])
        #expect(configuration.smtp.map(\.answerTimeout) == [.seconds(600)])
        #expect(configuration.file.path == "./outbox")
        #expect(configuration.sms.providers.isEmpty)
        #expect(configuration.sms.maxSegments == 3)
        #expect(configuration.twilio == nil)
        #expect(configuration.send.timeout == .seconds(30))
        let delays: [Duration] = [.seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(3600)]
        #expect(configuration.retry.delays == delays)
        #expect(configuration.claim.lease == .seconds(120))
        #expect(configuration.parked.max == 100_000)
        #expect(configuration.audit.keep == .seconds(400 * 86400))
        #expect(configuration.delivery.only.isEmpty)
        #expect(configuration.links == LinkSettings(passwordReset: nil, hosts: nil))
        #expect(configuration.catalogue == CatalogueSettings(path: nil, locale: "en", timezone: "UTC"))
        #expect(configuration.storage == StorageSettings(key: nil, addressKey: nil))
        #expect(configuration.http.listen == ListenAddress(host: "127.0.0.1", port: 9464))
        #expect(configuration.log.levels.standard == .info)
        #expect(configuration.log.format == .auto)
        #expect(configuration.shutdown == ShutdownSettings(drain: .seconds(25), stopTimeout: nil))
        #expect(configuration.tls.allowPlaintext.isEmpty)
    }

    @Test("A credential wins over the file, and a variable over both")
    func precedence() throws {
        let yaml = "rabbitmq:\n  prefetch: 10\n  queue: from.file\n  exchange: file\n"
        let loaded = try scratch.load(
            yaml: yaml,
            credentials: ["notifyd_rabbitmq_prefetch": "20\n", "notifyd_rabbitmq_queue": "from.credential\n"],
            environment: ["NOTIFYD_RABBITMQ_PREFETCH": "30"]
        )
        #expect(loaded.configuration.rabbitmq.prefetch == 30)
        #expect(loaded.configuration.rabbitmq.queue == "from.credential")
        #expect(loaded.configuration.rabbitmq.exchange == "file")
        let sources = Dictionary(uniqueKeysWithValues: loaded.settings.map { ($0.name, $0.source) })
        #expect(sources["rabbitmq.prefetch"] == "variable NOTIFYD_RABBITMQ_PREFETCH")
        #expect(sources["rabbitmq.queue"] == "credential \(scratch.path)/credentials/notifyd_rabbitmq_queue")
        #expect(sources["rabbitmq.exchange"] == "\(scratch.file):4")
        #expect(sources["rabbitmq.queueType"] == "default")
    }

    @Test("RABBITMQ_URL and DATABASE_URL win over the file and lose to NOTIFYD_ variables")
    func commonVariables() throws {
        let yaml = "rabbitmq:\n  url: amqp://localhost/file\ndatabase:\n  url: postgres://localhost/file\n"
        let common = ["RABBITMQ_URL": "amqp://localhost/common", "DATABASE_URL": "postgres://localhost/common"]
        let configuration = try scratch.load(yaml: yaml, environment: common).configuration
        #expect(configuration.rabbitmq.nodes.map(\.virtualHost) == ["common"])
        #expect(configuration.database.url.revealed == "postgres://localhost/common")

        let own = common.merging(["NOTIFYD_RABBITMQ_URL": "amqp://localhost/own"]) { $1 }
        #expect(
            try scratch.load(yaml: yaml, environment: own).configuration.rabbitmq.nodes.map(\.virtualHost) == ["own"]
        )
    }

    @Test("A secret's _FILE variable is read without its last line break")
    func secretFile() throws {
        try scratch.write("hunter2\n", to: "password")
        let loaded = try scratch.load(
            yaml: "smtp:\n  username: mailer\n",
            environment: ["NOTIFYD_SMTP_PASSWORD_FILE": scratch.path + "/password"]
        )
        #expect(loaded.configuration.smtp.first?.password?.revealed == "hunter2")
    }

    @Test("A _FILE variable beside the variable itself, for no secret, or of no file is an error each")
    func secretFileErrors() throws {
        try scratch.write("x", to: "password")
        let both = try scratch.problems(
            yaml: "smtp:\n  username: mailer\n",
            environment: [
                "NOTIFYD_SMTP_PASSWORD_FILE": scratch.path + "/password", "NOTIFYD_SMTP_PASSWORD": "y",
            ]
        )
        #expect(
            both == [
                "variable NOTIFYD_SMTP_PASSWORD_FILE (password): NOTIFYD_SMTP_PASSWORD is set too; keep one of the two"
            ]
        )
        let open = try scratch.problems(environment: ["NOTIFYD_RABBITMQ_QUEUE_FILE": "/x"])
        #expect(
            open == [
                "variable NOTIFYD_RABBITMQ_QUEUE_FILE: only secrets can be given by a file; set NOTIFYD_RABBITMQ_QUEUE itself"
            ]
        )
        let missing = try scratch.problems(environment: ["NOTIFYD_STORAGE_KEY_FILE": scratch.path + "/none"])
        #expect(missing.count == 1)
        #expect(missing.first?.contains("storage.key: the file none cannot be read: there is no such file") == true)
    }

    @Test("NOTIFYD_CONFIG names the file, and --config wins over it")
    func chosenFile() throws {
        try scratch.write("rabbitmq: {queue: by.variable}", to: "other.yaml")
        let variable = ["NOTIFYD_CONFIG": scratch.path + "/other.yaml"]
        #expect(try scratch.load(environment: variable).configuration.rabbitmq.queue == "by.variable")
        let both = try scratch.load(yaml: "rabbitmq: {queue: by.option}", environment: variable)
        #expect(both.configuration.rabbitmq.queue == "by.option")
        #expect(both.file == scratch.file)
    }

    @Test("A file that is named and not there is an error")
    func missingFile() throws {
        let problems = try scratch.problems(environment: ["NOTIFYD_CONFIG": scratch.path + "/none.yaml"])
        #expect(
            problems == ["none.yaml: there is no such file; name an existing file with --config or NOTIFYD_CONFIG"]
        )
    }

    @Test("A credentials folder that is not there is an error: its secrets would be missing")
    func missingCredentials() throws {
        let problems = try scratch.problems(environment: ["CREDENTIALS_DIRECTORY": scratch.path + "/none"])
        #expect(problems == ["credential none: the folder that CREDENTIALS_DIRECTORY names cannot be read"])
    }

    @Test("A device may stand for a file, and an empty file sets nothing")
    func device() throws {
        let loaded = try scratch.load(environment: ["NOTIFYD_CONFIG": "/dev/null"])
        #expect(loaded.file == "/dev/null")
        #expect(loaded.configuration.rabbitmq.prefetch == 256)
    }

    @Test("Empty variables, empty YAML values and the words none and any leave the default")
    func unset() throws {
        let configuration = try scratch.load(
            yaml: "rabbitmq:\n  queue:\n  exchange: ~\nsmtp:\n  rate: none\nlinks:\n  hosts: any\n",
            environment: ["NOTIFYD_RABBITMQ_PREFETCH": "", "NOTIFYD_DELIVERY_ONLY": "none"]
        ).configuration
        #expect(configuration.rabbitmq.queue == "notifications.events")
        #expect(configuration.rabbitmq.exchange == "domain-events")
        #expect(configuration.rabbitmq.prefetch == 256)
        #expect(configuration.smtp.first?.rate == nil)
        #expect(configuration.links.hosts == nil)
        #expect(configuration.delivery.only.isEmpty)
    }

    @Test("recipients may be patterns, those with a closing ellipsis and a lone star among them")
    func recipients() throws {
        for text in ["*@ourco.example,+49151…", "+49*", "*", "dev@ourco.example,+4915112345678"] {
            let configuration = try scratch.load(environment: ["NOTIFYD_DELIVERY_ONLY": text]).configuration
            #expect(configuration.delivery.only == text.split(separator: ",").map(String.init))
        }
    }

    @Test("true and false may be written in each of YAML's spellings, wherever they are given")
    func booleans() throws {
        for (text, expected) in [
            ("true", true), ("True", true), ("TRUE", true), ("false", false), ("False", false), ("FALSE", false),
        ] {
            #expect(try scratch.load(yaml: "rabbitmq.declare: \(text)\n").configuration.rabbitmq.declare == expected)
            let variable = ["NOTIFYD_DATABASE_MIGRATE": text]
            #expect(try scratch.load(environment: variable).configuration.database.migrate == expected)
        }
    }

    @Test("Lists may be comma-separated or YAML lists, and keys may be written with dots")
    func lists() throws {
        let configuration = try scratch.load(
            yaml:
                "retry.delays: [1s, 250ms]\nemail:\n  providers:\n    - file\n    - smtp\nsms.providers: file , twilio\n",
            environment: [
                "NOTIFYD_TWILIO_ACCOUNT_SID": "AC1", "NOTIFYD_TWILIO_AUTH_TOKEN": "t",
                "NOTIFYD_TWILIO_FROM": "+15005550006",
            ]
        ).configuration
        #expect(configuration.retry.delays == [.seconds(1), .milliseconds(250)])
        #expect(configuration.email.providers == [.file, .smtp("smtp")])
        #expect(configuration.sms.providers == [.file, .twilio])
    }

    @Test("A further SMTP provider takes its keys from file, credentials and environment")
    func furtherProvider() throws {
        let configuration = try scratch.load(
            yaml:
                "email:\n  providers: [my-relay, smtp]\nsmtp:\n  my-relay:\n    url: smtps://relay.example\n    username: u\n",
            credentials: ["notifyd_smtp_my_relay_password": "s3cret"],
            environment: ["NOTIFYD_SMTP_MY_RELAY_CONNECTIONS": "4"]
        ).configuration
        #expect(configuration.smtp.map(\.name) == ["my-relay", "smtp"])
        let relay = try #require(configuration.smtp.first)
        #expect(relay.url == SMTPURL(usesTLS: true, host: "relay.example", port: 465))
        #expect(relay.password?.revealed == "s3cret")
        #expect(relay.connections == 4)
        #expect(relay.startTLS == .require)
    }

    @Test("OTEL variables come from credentials and, over them, the environment")
    func openTelemetry() throws {
        let loaded = try scratch.load(
            credentials: ["otel_exporter_otlp_headers": "authorization=x\n", "otel_service_name": "credential"],
            environment: ["OTEL_SERVICE_NAME": "variable", "OTEL_SDK_DISABLED": ""]
        )
        #expect(
            loaded.openTelemetry == ["OTEL_EXPORTER_OTLP_HEADERS": "authorization=x", "OTEL_SERVICE_NAME": "variable"]
        )
    }
}
