import Pipeline

/// What must hold between keys; single values are checked where they are parsed, and what depends on the machine by
/// `MachineChecks`.
struct ConfigurationChecks {
    let configuration: NotifydConfiguration
    let settings: SettingsReader
    let environment: [String: String]
    /// Whether something is to be sent with this configuration.
    let sends: Bool
    var problems: [ConfigurationProblem] = []

    init(
        configuration: NotifydConfiguration,
        settings: SettingsReader,
        environment: [String: String],
        sends: Bool
    ) {
        self.configuration = configuration
        self.settings = settings
        self.environment = environment
        self.sends = sends
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
        if let limit = configuration.shutdown.stopTimeout, configuration.shutdown.longest >= limit {
            let drain = DurationText.format(configuration.shutdown.drain)
            let after = DurationText.format(ShutdownSettings.afterDrain)
            report(
                ["shutdown.drain", "shutdown.stopTimeout"],
                "shutdown.drain: \(drain) and the \(after) after it are not below shutdown.stopTimeout"
                    + " (\(DurationText.format(limit))): a full drain would be killed; lower it, or raise the service"
                    + " manager's stop timeout and shutdown.stopTimeout with it"
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
