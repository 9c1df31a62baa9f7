import Configuration
import Senders

/// Reads keys one by one through swift-configuration, keeps what was wrong, and gives the default in its place.
struct SettingsReader {
    let keys: ConfigurationKeys
    /// The highest precedence first.
    let layers: [ConfigurationLayer]
    private let reader: ConfigReader
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var keysWithProblems: Set<String> = []

    init(keys: ConfigurationKeys, layers: [ConfigurationLayer]) {
        self.keys = keys
        self.layers = layers
        reader = ConfigReader(providers: layers)
    }

    /// What is configured for a key, as text; nil: nothing is.
    func configuredText(_ key: ConfigurationKey) -> String? {
        guard let text = reader.string(forKey: ConfigKey(key.name), isSecret: key.sensitivity != .open) else {
            return nil
        }
        // `none` and `any` stand in the documentation where a list or a rate has no default, so they can be written.
        let isNote = key.defaultText == nil && text == key.defaultNote && (key.type.isList || key.type == .rate)
        return isNote ? nil : text
    }

    /// Where the winning value of a key stands.
    func origin(_ name: String) -> ConfigurationOrigin? {
        layers.lazy.compactMap { $0.entries[name]?.origin }.first
    }

    /// The value of a key, else its default's; nil where there is neither.
    mutating func value(_ name: String) -> ConfigurationValue? {
        guard let key = keys[name] else { preconditionFailure("\(name) is not in the table of keys") }
        if let text = configuredText(key) {
            do {
                return try key.type.parse(text)
            } catch {
                report(key, text, error)
            }
        }
        return key.defaultValue
    }

    private mutating func report(_ key: ConfigurationKey, _ text: String, _ error: InvalidValue) {
        guard keysWithProblems.insert(key.name).inserted else { return }
        let shown =
            key.sensitivity == .secret ? "the value" : PrintableText.escaped(String(key.shown(text).prefix(200)))
        let detail = key.sensitivity == .open ? error.detail.map(PrintableText.escaped) : error.detail
        let reason = detail.map { " (\($0))" } ?? ""
        problems.append(
            ConfigurationProblem(
                origin: origin(key.name),
                message: "\(key.name): \(shown) is not \(key.type.expectation)\(reason)"
            )
        )
    }
}

extension SettingsReader {
    mutating func text(_ name: String) -> String? {
        guard case .text(let text)? = value(name) else { return nil }
        return text
    }

    mutating func boolean(_ name: String) -> Bool {
        guard case .boolean(let flag)? = value(name) else { preconditionFailure("\(name) has no boolean default") }
        return flag
    }

    mutating func integer(_ name: String) -> Int {
        guard case .integer(let number)? = value(name) else { preconditionFailure("\(name) has no integer default") }
        return number
    }

    mutating func rate(_ name: String) -> Double? {
        guard case .rate(let rate)? = value(name) else { return nil }
        return rate
    }

    mutating func duration(_ name: String) -> Duration {
        guard case .duration(let duration)? = value(name) else {
            preconditionFailure("\(name) has no duration default")
        }
        return duration
    }

    mutating func list(_ name: String) -> [String]? {
        guard case .list(let items)? = value(name) else { return nil }
        return items
    }

    /// The items of a list without parsing it, for messages about single ones.
    func peekList(_ name: String) -> [String] {
        keys[name].flatMap(configuredText).map(ListText.items) ?? []
    }

    mutating func mailbox(_ name: String) -> Mailbox? {
        guard case .mailbox(let mailbox)? = value(name) else { return nil }
        return mailbox
    }

    mutating func bytes(_ name: String) -> Secret<[UInt8]>? {
        guard case .bytes(let bytes)? = value(name) else { return nil }
        return Secret(bytes)
    }

    mutating func choice<Choice: RawRepresentable<String>>(_ name: String, as type: Choice.Type) -> Choice? {
        text(name).flatMap(Choice.init(rawValue:))
    }
}
