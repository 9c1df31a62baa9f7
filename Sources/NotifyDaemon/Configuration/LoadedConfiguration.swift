import FoundationEssentials

/// The configuration as it was found: the typed values, and what `notifyd config` shows of them.
struct LoadedConfiguration: Sendable {
    /// Read when neither `--config` nor `NOTIFYD_CONFIG` names a file, and only if it exists.
    static let defaultFile = "/etc/notifyd/notifyd.yaml"

    var configuration: NotifydConfiguration
    var settings: [EffectiveSetting]
    /// The values of the keys that somebody set to something else than the default, by name.
    var choices: [String: Secret<ConfigurationValue>]
    /// The YAML file that was read; nil: there is none.
    var file: String?
    /// The `OTEL_…` variables: those of `$CREDENTIALS_DIRECTORY`, and over them those of the environment.
    var openTelemetry: [String: String]

    /// Reads file, credentials and environment, checks every value and what must hold between them.
    ///
    /// - Parameters:
    ///   - configFile: what `--config` names.
    ///   - environment: the process's variables.
    ///   - defaultFile: stands in for `/etc/notifyd/notifyd.yaml` in tests.
    ///   - sends: whether anything is to be sent with it; else it needs no `email.from`.
    /// - Throws: `ConfigurationFailure` with every problem there is.
    static func load(
        configFile: String?,
        environment: [String: String],
        defaultFile: String = defaultFile,
        sends: Bool = true
    ) throws(ConfigurationFailure) -> LoadedConfiguration {
        var problems: [ConfigurationProblem] = []
        let file = try chosenFile(configFile, environment, defaultFile).map { path throws(ConfigurationFailure) in
            try ConfigurationFile(path: path)
        }
        let credentials = environment["CREDENTIALS_DIRECTORY"].flatMap {
            $0.isEmpty ? nil : CredentialsFolder(path: $0)
        }
        let variables = ConfigurationEnvironment(variables: environment)

        let mentioned = variables.providerNames + (credentials?.providerNames ?? []) + (file?.providerNames ?? [])
        let keys = ConfigurationKeys(smtpProviders: Set(mentioned.filter(ProviderName.isFurtherProvider)))
        let layers = [
            variables.layer(keys: keys, problems: &problems),
            credentials?.layer(keys: keys, problems: &problems) ?? ConfigurationLayer(providerName: "credentials"),
            file?.layer(keys: keys, problems: &problems) ?? ConfigurationLayer(providerName: "file"),
        ]
        var settings = SettingsReader(keys: keys, layers: layers)
        let configuration = NotifydConfiguration(reading: &settings)
        // Keys that this configuration makes no use of are checked all the same: a value that is wrong today should
        // not wait for the day it is needed.
        var choices: [String: Secret<ConfigurationValue>] = [:]
        for key in keys.all {
            guard let value = settings.value(key.name), value != key.defaultValue else { continue }
            choices[key.name] = Secret(value)
        }
        var checks = ConfigurationChecks(
            configuration: configuration,
            settings: settings,
            environment: environment,
            sends: sends
        )
        checks.run()
        problems += settings.problems + checks.problems
        guard problems.isEmpty else { throw ConfigurationFailure(problems: problems) }
        return LoadedConfiguration(
            configuration: configuration,
            settings: EffectiveSetting.all(settings, configuration),
            choices: choices,
            file: file?.path,
            openTelemetry: (credentials?.openTelemetry ?? [:]).merging(
                environment.filter { $0.key.hasPrefix("OTEL_") && !$0.value.isEmpty },
                uniquingKeysWith: { $1 }
            )
        )
    }

    private static func chosenFile(_ configFile: String?, _ environment: [String: String], _ defaultFile: String)
        -> String?
    {
        if let configFile { return configFile }
        if let named = environment[ConfigurationEnvironment.fileVariable], !named.isEmpty { return named }
        return FileManager.default.fileExists(atPath: defaultFile) ? defaultFile : nil
    }
}
