import Configuration

/// The values of one source, with where each was given; a provider of swift-configuration.
///
/// swift-configuration's own providers can neither list their keys nor tell lines, and both are needed to find
/// misspelt keys; so the layers are read by us and handed over, and the reader only decides which one wins.
struct ConfigurationLayer: Sendable {
    struct Entry: Sendable, Equatable {
        var text: String
        var origin: ConfigurationOrigin
        var isSecret: Bool
    }

    let providerName: String
    var entries: [String: Entry] = [:]
}

extension ConfigurationLayer: ConfigProvider, ConfigSnapshot {
    func value(forKey key: AbsoluteConfigKey, type: ConfigType) throws -> LookupResult {
        let name = key.components.joined(separator: ".")
        guard let entry = entries[name] else { return LookupResult(encodedKey: name, value: nil) }
        guard type == .string else { throw UnsupportedType(key: name) }
        return LookupResult(encodedKey: name, value: ConfigValue(.string(entry.text), isSecret: entry.isSecret))
    }

    nonisolated(nonsending) func fetchValue(forKey key: AbsoluteConfigKey, type: ConfigType) async throws
        -> LookupResult
    {
        try value(forKey: key, type: type)
    }

    nonisolated(nonsending) func watchValue<Return: ~Copyable>(
        forKey key: AbsoluteConfigKey,
        type: ConfigType,
        updatesHandler:
            nonisolated(nonsending) (
                _ updates: ConfigUpdatesAsyncSequence<Result<LookupResult, any Error>, Never>
            ) async throws -> Return
    ) async throws -> Return {
        try await watchValueFromValue(forKey: key, type: type, updatesHandler: updatesHandler)
    }

    func snapshot() -> any ConfigSnapshot { self }

    nonisolated(nonsending) func watchSnapshot<Return: ~Copyable>(
        updatesHandler:
            nonisolated(nonsending) (_ updates: ConfigUpdatesAsyncSequence<any ConfigSnapshot, Never>) async throws ->
            Return
    ) async throws -> Return {
        try await watchSnapshotFromSnapshot(updatesHandler: updatesHandler)
    }

    /// Layers hold text; `ConfigurationType` turns it into values, since only that knows bounds.
    struct UnsupportedType: Error {
        var key: String
    }
}
