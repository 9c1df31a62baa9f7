import Broker

/// What is allowed and yet worth a word in `notifyd check`; a line each.
extension LoadedConfiguration {
    var warnings: [String] {
        configuration.storageWarnings + configuration.mailWarnings + configuration.brokerWarnings + databaseWarnings
            + unusedSettings
    }

    /// Another database is almost always a mistake, and yet a pooler may call one database by two names.
    private var databaseWarnings: [String] {
        let database = configuration.database
        let named = Self.databaseName(database.url)
        let others = [
            ("database.migrationUrl", database.migrationURL), ("database.retentionUrl", database.retentionURL),
        ]
        // Said once where the second is only the first again.
        return others.prefix(database.retentionURL == database.migrationURL ? 1 : 2)
            .compactMap { key, url in
                guard let named, let other = Self.databaseName(url), other != named else { return nil }
                return "\(key) names the database \(other), database.url names \(named)"
            }
    }

    private static func databaseName(_ url: Secret<String>) -> String? {
        (try? PostgresURI(URLParts(url.revealed)))?.database
    }

    /// Keys of a provider that no list of providers names.
    private var unusedSettings: [String] {
        let providers = configuration.email.providers
        return settings.filter { $0.isSet && ($0.name.hasPrefix("smtp.") || $0.name.hasPrefix("twilio.")) }
            .compactMap { setting in
                let parts = setting.name.split(separator: ".").map(String.init)
                if parts[0] == "twilio" {
                    return configuration.twilio == nil
                        ? "\(setting.name) has no effect: add twilio to sms.providers" : nil
                }
                let provider = parts.count > 2 && ProviderName.isFurtherProvider(parts[1]) ? parts[1] : "smtp"
                return providers.contains(.smtp(provider))
                    ? nil : "\(setting.name) has no effect: add \(provider) to email.providers"
            }
    }
}

extension NotifydConfiguration {
    fileprivate var storageWarnings: [String] {
        var warnings: [String] = []
        if storage.key == nil {
            warnings.append("storage.key is not set: the bodies of parked and dead messages are stored unencrypted")
        }
        if storage.addressKey == nil {
            warnings.append(
                "storage.addressKey is not set: the key of address_hash is kept in the database beside the hashes"
            )
        }
        if links.hosts == nil {
            warnings.append("links.hosts is not set: links taken from events may point to any https host")
        }
        return warnings
    }

    fileprivate var mailWarnings: [String] {
        var warnings: [String] = []
        for provider in smtp {
            let prefix = provider.name == "smtp" ? "smtp" : "smtp.\(provider.name)"
            if !provider.url.usesTLS, provider.startTLS != .require, !HostName.isLoopback(provider.url.host) {
                warnings.append("\(prefix).startTls is \(provider.startTLS.rawValue): emails may cross plain text")
            }
            // RabbitMQ's consumer_timeout, 30 minutes unless its operator chose otherwise.
            if send.timeout + provider.answerTimeout >= .seconds(1800) {
                warnings.append(
                    "send.timeout and \(prefix).answerTimeout together reach 30 minutes: RabbitMQ closes the channel when"
                        + " an acknowledgement takes that long (consumer_timeout)"
                )
            }
        }
        return warnings
    }

    fileprivate var brokerWarnings: [String] {
        var warnings: [String] = []
        if rabbitmq.heartbeat < .seconds(5) {
            warnings.append(
                "rabbitmq.heartbeat is below 5s: a busy broker or a short pause of the network would break connections"
            )
        }
        let tls = rabbitmq.tls
        if tls.ca != nil || tls.certificate != nil || tls.key != nil, !rabbitmq.nodes.contains(where: \.isEncrypted) {
            warnings.append("rabbitmq.tls has no effect: rabbitmq.url has no amqps://")
        }
        return warnings
    }
}
