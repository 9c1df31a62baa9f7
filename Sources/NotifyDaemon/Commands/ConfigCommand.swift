import ArgumentParser

/// `notifyd config`: what is in force, and why.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Every key, its effective value and where it comes from; secrets hidden.",
        discussion: """
            The source is the variable, the credential or the file with its line, and `default` where nobody set it.

            EXAMPLES
              notifyd config --config /etc/notifyd/notifyd.yaml
              notifyd config --json | jq -r 'select(.source != "default") | .key'
              notifyd config --example > notifyd.yaml
            """
    )

    @Flag(help: "Print an example file instead: every key with its default, commented out.")
    var example = false

    @Flag(help: "Print the documentation of every key instead, in Markdown.")
    var reference = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if example, reference { throw ValidationError("--example and --reference: choose one of the two") }
        if example, common.json { throw ValidationError("--example is YAML; --reference has JSON") }
    }

    func run() async throws {
        if example { return StandardStreams.print(ConfigurationExample.text) }
        if reference { return try printReference() }
        let loaded = try common.load()
        if common.json {
            for setting in loaded.settings { StandardStreams.print(try JSONOutput.line(ConfigLine(setting))) }
            return
        }
        StandardStreams.print(Self.table(loaded.settings))
    }

    private func printReference() throws {
        guard common.json else { return StandardStreams.print(ConfigurationReference.text) }
        for line in ReferenceLine.all { StandardStreams.print(try JSONOutput.line(line)) }
    }

    static func table(_ settings: [EffectiveSetting]) -> TextTable {
        TextTable(
            columns: ["KEY", TableColumn("VALUE", .first), TableColumn("SOURCE") { $0 == "default" ? .aside : nil }],
            rows: settings.map { [$0.name, $0.value ?? "-", $0.source] }
        )
    }
}

/// A key in `notifyd config --json`.
struct ConfigLine: Encodable {
    var key: String
    var value: String?
    var source: String
    var environment: String
    var meaning: String

    init(_ setting: EffectiveSetting) {
        key = setting.name
        value = setting.value
        source = setting.source
        environment = setting.environmentName
        meaning = setting.meaning
    }

    private enum CodingKeys: CodingKey {
        case key, value, source, environment, meaning
    }

    /// A key without a value has `null`, not an absent member: a reader should not have to guess.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(key, forKey: .key)
        try container.encode(value, forKey: .value)
        try container.encode(source, forKey: .source)
        try container.encode(environment, forKey: .environment)
        try container.encode(meaning, forKey: .meaning)
    }
}
