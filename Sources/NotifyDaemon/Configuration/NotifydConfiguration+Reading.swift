import Broker
import Telemetry

extension NotifydConfiguration {
    /// Reads every key once. What is wrong is kept by the reader, which gives the key's default in its place.
    init(reading settings: inout SettingsReader) {
        let emailProviders = settings.list("email.providers") ?? []
        let smsProviders = (settings.list("sms.providers") ?? []).compactMap(SMSSettings.Provider.init(rawValue:))
        self.init(
            rabbitmq: RabbitMQSettings(reading: &settings),
            database: DatabaseSettings(reading: &settings),
            email: EmailSettings(reading: &settings, providers: emailProviders),
            smtp: emailProviders.compactMap { SMTPSettings(reading: &settings, name: $0) },
            file: FileSettings(path: settings.text("file.path") ?? ""),
            sms: SMSSettings(providers: smsProviders, maxSegments: settings.integer("sms.maxSegments")),
            twilio: TwilioSettings(reading: &settings, isUsed: smsProviders.contains(.twilio)),
            send: SendSettings(timeout: settings.duration("send.timeout")),
            retry: RetrySettings(reading: &settings),
            claim: ClaimSettings(lease: settings.duration("claim.lease")),
            parked: ParkedSettings(max: settings.integer("parked.max")),
            audit: AuditSettings(keep: settings.duration("audit.keep")),
            delivery: DeliverySettings(only: settings.list("delivery.only") ?? []),
            links: LinkSettings(
                passwordReset: settings.text("links.passwordReset"),
                hosts: settings.list("links.hosts")
            ),
            catalogue: CatalogueSettings(
                path: settings.text("catalogue.path"),
                locale: settings.text("catalogue.locale") ?? "",
                timezone: settings.text("catalogue.timezone") ?? ""
            ),
            storage: StorageSettings(
                key: settings.bytes("storage.key"),
                addressKey: settings.bytes("storage.addressKey")
            ),
            http: HTTPSettings(reading: &settings),
            log: LogSettings(reading: &settings),
            shutdown: ShutdownSettings(reading: &settings),
            tls: TLSSettings(allowPlaintext: settings.list("tls.allowPlaintext") ?? [])
        )
    }
}

extension RabbitMQSettings {
    fileprivate init(reading settings: inout SettingsReader) {
        var nodes: [BrokerNode] = []
        if case .brokers(let urls)? = settings.value("rabbitmq.url") { nodes = urls }
        self.init(
            nodes: nodes,
            exchange: settings.text("rabbitmq.exchange") ?? "",
            queue: settings.text("rabbitmq.queue") ?? "",
            queueType: settings.choice("rabbitmq.queueType", as: BrokerTopology.QueueType.self) ?? .quorum,
            declare: settings.boolean("rabbitmq.declare"),
            deadLetterExchange: settings.text("rabbitmq.deadLetterExchange") ?? "",
            prefetch: settings.integer("rabbitmq.prefetch"),
            heartbeat: settings.duration("rabbitmq.heartbeat"),
            tls: TLSFiles(
                ca: settings.text("rabbitmq.tls.ca"),
                certificate: settings.text("rabbitmq.tls.certificate"),
                key: settings.text("rabbitmq.tls.key")
            )
        )
    }
}

extension DatabaseSettings {
    fileprivate init(reading settings: inout SettingsReader) {
        let url = Secret(settings.text("database.url") ?? "")
        let migrationURL = settings.text("database.migrationUrl").map(Secret.init) ?? url
        self.init(
            url: url,
            migrationURL: migrationURL,
            retentionURL: settings.text("database.retentionUrl").map(Secret.init) ?? migrationURL,
            schema: settings.text("database.schema") ?? "",
            migrate: settings.boolean("database.migrate")
        )
    }
}

extension EmailSettings {
    fileprivate init(reading settings: inout SettingsReader, providers: [String]) {
        self.init(
            providers: providers.map { $0 == "file" ? .file : .smtp($0) },
            from: settings.mailbox("email.from"),
            replyTo: settings.mailbox("email.replyTo"),
            envelopeFrom: settings.mailbox("email.envelopeFrom")
        )
    }
}

extension SMTPSettings {
    /// Nil for `file`, and for a name that has no `smtp.NAME.url`; `ConfigurationChecks` reports the latter.
    fileprivate init?(reading settings: inout SettingsReader, name: String) {
        let prefix = name == "smtp" ? "smtp" : "smtp.\(name)"
        guard settings.keys["\(prefix).url"] != nil, case .smtp(let url)? = settings.value("\(prefix).url") else {
            return nil
        }
        let startTLS = settings.choice("\(prefix).startTls", as: StartTLS.self)
        self.init(
            name: name,
            url: url,
            username: settings.text("\(prefix).username"),
            password: settings.text("\(prefix).password").map(Secret.init),
            startTLS: startTLS ?? (HostName.isLoopback(url.host) ? .auto : .require),
            heloName: settings.text("\(prefix).heloName"),
            connections: settings.integer("\(prefix).connections"),
            answerTimeout: settings.duration("\(prefix).answerTimeout"),
            rate: settings.rate("\(prefix).rate"),
            ca: settings.text("\(prefix).tls.ca")
        )
    }
}

extension TwilioSettings {
    fileprivate init?(reading settings: inout SettingsReader, isUsed: Bool) {
        let accountSID = settings.text("twilio.accountSid")
        let authToken = settings.text("twilio.authToken")
        self.init(
            accountSID: accountSID ?? "",
            authToken: Secret(authToken ?? ""),
            from: settings.text("twilio.from"),
            messagingServiceSID: settings.text("twilio.messagingServiceSid"),
            baseURL: settings.text("twilio.baseUrl") ?? "",
            rate: settings.rate("twilio.rate")
        )
        if !isUsed { return nil }
    }
}

extension RetrySettings {
    fileprivate init(reading settings: inout SettingsReader) {
        guard case .durations(let delays)? = settings.value("retry.delays") else {
            self.init(delays: [])
            return
        }
        self.init(delays: delays)
    }
}

extension ShutdownSettings {
    fileprivate init(reading settings: inout SettingsReader) {
        var stopTimeout: Duration?
        if case .duration(let limit)? = settings.value("shutdown.stopTimeout") { stopTimeout = limit }
        self.init(drain: settings.duration("shutdown.drain"), stopTimeout: stopTimeout)
    }
}

extension HTTPSettings {
    fileprivate init(reading settings: inout SettingsReader) {
        guard case .listen(let address)? = settings.value("http.listen") else {
            self.init(listen: nil)
            return
        }
        self.init(listen: address)
    }
}

extension LogSettings {
    fileprivate init(reading settings: inout SettingsReader) {
        var levels = LogLevels()
        if case .levels(let configured)? = settings.value("log.level") { levels = configured }
        self.init(levels: levels, format: settings.choice("log.format", as: LogFormat.self) ?? .auto)
    }
}
