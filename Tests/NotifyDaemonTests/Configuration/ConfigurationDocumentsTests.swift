import Testing

@testable import NotifyDaemon

@Suite("Configuration: the example file and the reference")
struct ConfigurationDocumentsTests {
    let scratch: ScratchConfiguration
    private let keys = ConfigurationKeys()

    init() throws {
        scratch = try ScratchConfiguration()
    }

    /// The example with every key in force; files that must be readable are one that is.
    private func uncommented(_ text: String) throws -> String {
        try scratch.write(TestCertificate.pair, to: "any.pem")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let indent = line.prefix { $0 == " " }
            let rest = line.dropFirst(indent.count)
            guard rest.hasPrefix("#"), !rest.hasPrefix("# "), rest != "#" else { return String(line) }
            let key = rest.dropFirst()
            let value = key.hasSuffix(".pem") ? "\(key.prefix { $0 != ":" }): \(scratch.path)/any.pem" : String(key)
            return indent + value
        }
        return lines.joined(separator: "\n")
    }

    @Test("the example as it is changes nothing")
    func unchanged() throws {
        let changed = try scratch.load(yaml: ConfigurationExample.text)
        #expect(changed.configuration == (try scratch.load()).configuration)
    }

    @Test("uncommented it sets every key that is no secret, to the default where there is one")
    func uncommentedExample() throws {
        let secrets = keys.all.filter { $0.sensitivity == .secret }.map { ($0.environmentName, $0.example) }
        let settings = try scratch.load(
            yaml: uncommented(ConfigurationExample.text),
            environment: Dictionary(uniqueKeysWithValues: secrets),
            withSender: false
        ).settings
        #expect(settings.count == keys.all.count)
        for (setting, key) in zip(settings, keys.all) {
            #expect(setting.source.hasPrefix(scratch.file) == (key.sensitivity != .secret), "\(key.name)")
            guard let value = setting.value, !value.hasSuffix(".pem") else { continue }
            #expect(value == key.shown(key.defaultText ?? key.example), "\(key.name)")
        }
    }

    @Test("the example holds no value of a secret")
    func noSecrets() {
        for key in keys.all where key.sensitivity == .secret {
            #expect(!ConfigurationExample.text.contains(key.example), "\(key.name)")
        }
    }

    @Test("the reference has a row for each key with its default and its meaning")
    func reference() {
        let rows = ConfigurationReference.text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        #expect(rows.count == keys.all.count)
        for (row, key) in zip(rows, keys.all) {
            #expect(row.hasPrefix("| `\(key.name)` | "))
            #expect(row.hasSuffix(" | \(key.defaultText.map { "`\($0)`" } ?? key.defaultNote) | \(key.markdown) |"))
        }
    }
}
