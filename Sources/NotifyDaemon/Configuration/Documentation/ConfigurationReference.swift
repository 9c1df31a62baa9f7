/// The documentation of the keys, as Markdown tables under a heading each.
enum ConfigurationReference {
    static var text: String {
        ConfigurationKeys().sections.map(table).joined(separator: "\n\n")
    }

    private static func table(_ section: ConfigurationSection) -> String {
        let head = ["## \(section.title)", "", "| key | value | default | meaning |", "|---|---|---|---|"]
        return (head + section.keys.map(row)).joined(separator: "\n")
    }

    private static func row(_ key: ConfigurationKey) -> String {
        let standard = key.defaultText.map { "`\($0)`" } ?? key.defaultNote
        // An address in angle brackets would become a link.
        let value = key.type.expectation.replacing("<", with: "\\<")
        return "| `\(key.name)` | \(value) | \(standard) | \(key.markdown) |"
    }
}

/// A key in `notifyd config --reference --json`.
struct ReferenceLine: Encodable {
    var section: String
    var key: String
    var environment: String
    var credential: String
    /// The variable that names a file; nil where only the value itself can be given.
    var file: String?
    var expects: String
    var standard: String?
    var example: String
    var isSecret: Bool
    var meaning: String

    init(_ key: ConfigurationKey, in section: String) {
        self.section = section
        self.key = key.name
        environment = key.environmentName
        credential = key.credentialName
        file = key.mayComeFromFile ? "\(key.environmentName)_FILE" : nil
        expects = key.type.expectation
        standard = key.defaultText
        example = key.example
        isSecret = key.sensitivity == .secret
        meaning = key.meaning
    }

    static var all: [ReferenceLine] {
        ConfigurationKeys().sections.flatMap { section in section.keys.map { ReferenceLine($0, in: section.title) } }
    }

    private enum CodingKeys: String, CodingKey {
        case section, key, environment, credential, file, expects
        case standard = "default"
        case example
        case isSecret = "secret"
        case meaning
    }

    /// What there is none of is `null`, not absent: a reader should not have to guess.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(section, forKey: .section)
        try container.encode(key, forKey: .key)
        try container.encode(environment, forKey: .environment)
        try container.encode(credential, forKey: .credential)
        try container.encode(file, forKey: .file)
        try container.encode(expects, forKey: .expects)
        try container.encode(standard, forKey: .standard)
        try container.encode(example, forKey: .example)
        try container.encode(isSecret, forKey: .isSecret)
        try container.encode(meaning, forKey: .meaning)
    }
}
