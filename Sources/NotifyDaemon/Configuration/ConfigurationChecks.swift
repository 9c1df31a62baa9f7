import Broker
import Pipeline

/// What must hold between keys; single values are checked where they are parsed.
struct ConfigurationChecks {
    let configuration: NotifydConfiguration
    let settings: SettingsReader
    let environment: [String: String]
    private(set) var problems: [ConfigurationProblem] = []

    init(configuration: NotifydConfiguration, settings: SettingsReader, environment: [String: String]) {
        self.configuration = configuration
        self.settings = settings
        self.environment = environment
    }

    mutating func run() {
        checkTimes()
        checkBrokerNames()
        checkEmail()
        for provider in configuration.smtp { checkCredentials(of: provider) }
        checkSMS()
        checkPlaintext()
        checkFiles()
        checkTLS()
    }

    /// Reports a problem that concerns these keys, unless one of them is already known to be wrong: then the check saw
    /// a default in its place. The first key that is configured gives the origin.
    mutating func report(_ keys: [String], _ message: String) {
        guard settings.keysWithProblems.isDisjoint(with: keys) else { return }
        problems.append(ConfigurationProblem(origin: keys.lazy.compactMap(settings.origin).first, message: message))
    }

    private mutating func checkTimes() {
        let needed = (configuration.send.timeout + .seconds(5)) * 2
        if configuration.claim.lease < needed {
            report(
                ["claim.lease", "send.timeout"],
                "claim.lease: \(DurationText.format(configuration.claim.lease)) is shorter than 2 × (send.timeout + 5 s)"
                    + "; raise it to \(DurationText.format(needed)) or lower send.timeout"
            )
        }
    }

    private mutating func checkBrokerNames() {
        let rabbitmq = configuration.rabbitmq
        if rabbitmq.exchange == rabbitmq.deadLetterExchange {
            report(
                ["rabbitmq.deadLetterExchange", "rabbitmq.exchange"],
                "rabbitmq.deadLetterExchange: is the same as rabbitmq.exchange; dead letters need an exchange of their own"
            )
        }
        if rabbitmq.queue.hasPrefix("amq.") {
            report(["rabbitmq.queue"], "rabbitmq.queue: names that start with amq. are the broker's own; take another")
        }
        if rabbitmq.queue.utf8.count > 250 {
            report(
                ["rabbitmq.queue"],
                "rabbitmq.queue: over 250 bytes there is no room for the queue's .dead; shorten it"
            )
        }
    }

    private mutating func checkEmail() {
        let names = configuration.email.providers.compactMap { provider in
            if case .smtp(let name) = provider { name } else { nil }
        }
        for name in names where !configuration.smtp.contains(where: { $0.name == name }) {
            if ProviderName.isFurtherProvider(name) {
                report(
                    ["email.providers", "smtp.\(name).url"],
                    "email.providers: \(name) is not smtp or file, and there is no smtp.\(name).url; set that or correct it"
                )
            } else if name != "smtp" {
                report(["email.providers"], "email.providers: a provider cannot be called \(name); choose another name")
            }
        }
        if !names.isEmpty, configuration.email.from == nil {
            report(
                ["email.from", "email.providers"],
                "email.from: is required with an SMTP provider; set it to the sender's address"
                    + " (or email.providers to file)"
            )
        }
    }

    private mutating func checkCredentials(of provider: SMTPSettings) {
        let prefix = provider.name == "smtp" ? "smtp" : "smtp.\(provider.name)"
        let keys = ["\(prefix).username", "\(prefix).password"]
        if (provider.username == nil) != (provider.password == nil) {
            let (missing, given) = provider.username == nil ? (keys[0], keys[1]) : (keys[1], keys[0])
            report([given, missing], "\(missing): is required when \(given) is set")
        }
        guard provider.username != nil || provider.password != nil else { return }
        if !provider.url.usesTLS, provider.startTLS != .require, !HostName.isLoopback(provider.url.host) {
            report(
                ["\(prefix).startTls", "\(prefix).url"] + keys,
                "\(prefix).startTls: with \(provider.startTLS.rawValue) the credentials could cross plain text to"
                    + " \(provider.url.host); set it to require, or use smtps://"
            )
        }
    }

    private mutating func checkSMS() {
        for name in settings.peekList("sms.providers") where SMSSettings.Provider(rawValue: name) == nil {
            report(["sms.providers"], "sms.providers: \(name) is not a known provider; use twilio, file or both")
        }
        guard let twilio = configuration.twilio else { return }
        if twilio.accountSID.isEmpty {
            report(["twilio.accountSid", "sms.providers"], "twilio.accountSid: is required with the provider twilio")
        }
        if twilio.authToken.revealed.isEmpty {
            report(["twilio.authToken", "sms.providers"], "twilio.authToken: is required with the provider twilio")
        }
        if twilio.from == nil, twilio.messagingServiceSID == nil {
            report(
                ["twilio.from", "twilio.messagingServiceSid", "sms.providers"],
                "twilio.from: it or twilio.messagingServiceSid is required with the provider twilio"
            )
        }
    }

    private mutating func checkPlaintext() {
        for node in configuration.rabbitmq.nodes where !node.isEncrypted && !allowsPlaintext(node.host) {
            reportPlaintext("rabbitmq.url", "amqp://", node.host, "use amqps://")
        }
        checkDatabase("database.url", configuration.database.url)
        if configuration.database.migrationURL != configuration.database.url {
            checkDatabase("database.migrationUrl", configuration.database.migrationURL)
        }
        if let twilio = configuration.twilio, let url = try? URLParts(twilio.baseURL), url.scheme == "http" {
            for host in url.hosts where !allowsPlaintext(host.name) {
                reportPlaintext("twilio.baseUrl", "http://", host.name, "use https://")
            }
        }
    }

    private mutating func checkDatabase(_ key: String, _ url: Secret<String>) {
        guard let parts = try? URLParts(url.revealed) else { return }
        let uri: PostgresURI
        do {
            uri = try PostgresURI(parts, environment: environment)
        } catch {
            report([key], "\(key): with the PG… variables it cannot be used (\(error.detail ?? "invalid"))")
            return
        }
        guard uri.sslMode != "verify-full" else { return }
        for host in uri.networkHosts where !allowsPlaintext(host) {
            reportPlaintext(key, "sslmode=\(uri.sslMode)", host, "use sslmode=verify-full")
        }
    }

    private func allowsPlaintext(_ host: String) -> Bool {
        HostName.isLoopback(host) || configuration.tls.allowPlaintext.contains(host.lowercased())
    }

    private mutating func reportPlaintext(_ key: String, _ what: String, _ host: String, _ remedy: String) {
        let shown = PrintableText.escaped(host)
        report(
            [key, "tls.allowPlaintext"],
            "\(key): \(what) to \(shown) would not be protected; \(remedy), or add \(shown) to tls.allowPlaintext"
        )
    }

    private mutating func checkFiles() {
        let tls = configuration.rabbitmq.tls
        if (tls.certificate == nil) != (tls.key == nil) {
            let keys = ["rabbitmq.tls.certificate", "rabbitmq.tls.key"]
            let (missing, given) = tls.certificate == nil ? (keys[0], keys[1]) : (keys[1], keys[0])
            report([given, missing], "\(missing): is required when \(given) is set")
        }
        var files = [
            ("rabbitmq.tls.ca", tls.ca), ("rabbitmq.tls.certificate", tls.certificate), ("rabbitmq.tls.key", tls.key),
        ]
        for provider in configuration.smtp {
            files.append((provider.name == "smtp" ? "smtp.tls.ca" : "smtp.\(provider.name).tls.ca", provider.ca))
        }
        for (key, path) in files {
            guard let path, let problem = FileBytes.problem(path) else { continue }
            report([key], "\(key): \(PrintableText.escaped(path)) cannot be read: \(problem)")
        }
    }
}
