/// The one table of keys: reading, `notifyd config`, errors, the example file and the documentation are derived from it.
struct ConfigurationKeys: Sendable {
    /// In the order of the documentation.
    let sections: [ConfigurationSection]
    let all: [ConfigurationKey]
    private let indexByName: [String: Int]

    /// - Parameter smtpProviders: the NAMEs of `smtp.NAME.…` that the sources mention.
    init(smtpProviders: some Sequence<String> = []) {
        let further = Set(smtpProviders).sorted().flatMap { Self.smtp(prefix: "smtp.\($0)") }
        sections = [
            ConfigurationSection(title: "RabbitMQ", keys: Self.rabbitmq),
            ConfigurationSection(title: "Postgres", keys: Self.database),
            ConfigurationSection(title: "Email", keys: Self.email + Self.smtp(prefix: "smtp") + further + Self.file),
            ConfigurationSection(title: "SMS", keys: Self.sms),
            ConfigurationSection(title: "Sending and retrying", keys: Self.pipeline),
            ConfigurationSection(title: "Content", keys: Self.content),
            ConfigurationSection(title: "Stored data", keys: Self.storage),
            ConfigurationSection(title: "Operation", keys: Self.operation),
        ]
        all = sections.flatMap(\.keys)
        indexByName = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.name, $0) })
    }

    subscript(name: String) -> ConfigurationKey? {
        indexByName[name].map { all[$0] }
    }

    /// True for `rabbitmq` and `rabbitmq.tls`, which hold keys but are none.
    func isSection(_ name: String) -> Bool {
        all.contains { $0.name.hasPrefix(name + ".") }
    }
}
