import Senders

/// One line of `notifyd config`: a key, what is in force, and where that comes from; secrets already hidden.
struct EffectiveSetting: Sendable, Equatable {
    var name: String
    var environmentName: String
    /// nil: there is no value.
    var value: String?
    /// `default`, or where it was set.
    var source: String
    var isSet: Bool
    var meaning: String

    /// Every key of the table in its order.
    static func all(_ settings: SettingsReader, _ configuration: NotifydConfiguration) -> [EffectiveSetting] {
        settings.keys.all.map { key in
            let configured = settings.configuredText(key)
            let value =
                configured.map(key.shown) ?? key.defaultText.map(key.shown)
                ?? derivedDefault(key, settings, configuration)
                ?? (key.defaultNote == "none" ? nil : "(\(key.plainNote))")
            return EffectiveSetting(
                name: key.name,
                environmentName: key.environmentName,
                value: value,
                source: configured == nil ? "default" : settings.origin(key.name)?.description ?? "default",
                isSet: configured != nil,
                meaning: key.meaning
            )
        }
    }

    /// The value of a key whose default depends on another key.
    private static func derivedDefault(
        _ key: ConfigurationKey,
        _ settings: SettingsReader,
        _ configuration: NotifydConfiguration
    ) -> String? {
        if key.name == "database.migrationUrl" { return key.shown(configuration.database.migrationURL.revealed) }
        if key.name == "database.retentionUrl" { return key.shown(configuration.database.retentionURL.revealed) }
        if key.name == "email.envelopeFrom" { return configuration.email.from?.address }
        let provider = configuration.smtp.first {
            key.name == ($0.name == "smtp" ? "smtp" : "smtp.\($0.name)") + ".startTls"
        }
        return provider?.startTLS.rawValue
    }
}
