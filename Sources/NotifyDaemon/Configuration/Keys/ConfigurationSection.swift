/// Keys that belong together: a heading of the documentation and of the example file.
struct ConfigurationSection: Sendable {
    let title: String
    let keys: [ConfigurationKey]
}
