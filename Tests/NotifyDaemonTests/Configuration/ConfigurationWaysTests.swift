import Testing

@testable import NotifyDaemon

@Suite("Configuration: every key of the table, each way it can be given")
struct ConfigurationWaysTests {
    let scratch: ScratchConfiguration
    private let keys = ConfigurationKeys(smtpProviders: ["backup"]).all

    init() throws {
        scratch = try ScratchConfiguration()
        try scratch.write(TestCertificate.pair, to: "any.pem")
    }

    /// The example; where a file has to be readable, one that is.
    private func value(_ key: ConfigurationKey) -> String {
        key.example.hasSuffix(".pem") ? "\(scratch.path)/any.pem" : key.example
    }

    private func expectAll(_ loaded: LoadedConfiguration, from source: (ConfigurationKey) -> String) {
        #expect(loaded.settings.map(\.name) == keys.map(\.name))
        for (setting, key) in zip(loaded.settings, keys) {
            #expect(setting.value == key.shown(value(key)), "\(key.name)")
            #expect(setting.source == source(key), "\(key.name)")
        }
    }

    @Test("in the file, by its line")
    func file() throws {
        let yaml = keys.map { "\($0.name): '\(value($0))'" }.joined(separator: "\n")
        let lines = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1.name, $0 + 1) })
        expectAll(try scratch.load(yaml: yaml, withSender: false)) { "\(scratch.file):\(lines[$0.name] ?? 0)" }
    }

    @Test("as a credential")
    func credential() throws {
        let credentials = Dictionary(uniqueKeysWithValues: keys.map { ($0.credentialName, value($0) + "\n") })
        expectAll(try scratch.load(credentials: credentials, withSender: false)) {
            "credential \(scratch.path)/credentials/\($0.credentialName)"
        }
    }

    @Test("in the environment")
    func environment() throws {
        let variables = Dictionary(uniqueKeysWithValues: keys.map { ($0.environmentName, value($0)) })
        expectAll(try scratch.load(environment: variables)) { "variable \($0.environmentName)" }
    }

    @Test("as a _FILE variable where it may hold a secret; anywhere else that is an error")
    func variableFile() throws {
        var variables: [String: String] = [:]
        for key in keys {
            let path = "\(scratch.path)/\(key.credentialName)"
            try scratch.write(value(key) + "\n", to: key.credentialName)
            if key.mayComeFromFile {
                variables[key.environmentName + "_FILE"] = path
            } else {
                let problems = try scratch.problems(
                    environment: [
                        key.environmentName + "_FILE": path, "NOTIFYD_EMAIL_PROVIDERS": "smtp,backup",
                        "NOTIFYD_SMTP_BACKUP_URL": "smtp://127.0.0.1",
                    ]
                )
                #expect(
                    problems == [
                        "variable \(key.environmentName)_FILE: only secrets can be given by a file; set"
                            + " \(key.environmentName) itself"
                    ]
                )
                variables[key.environmentName] = value(key)
            }
        }
        expectAll(try scratch.load(environment: variables)) { key in
            key.mayComeFromFile
                ? "variable \(key.environmentName)_FILE (\(scratch.path)/\(key.credentialName))"
                : "variable \(key.environmentName)"
        }
    }
}
