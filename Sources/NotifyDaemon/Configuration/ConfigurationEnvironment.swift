/// The process environment as a source: `NOTIFYD_…`, `…_FILE` for secrets, `RABBITMQ_URL` and `DATABASE_URL`.
struct ConfigurationEnvironment {
    /// Variables that many platforms set; below the `NOTIFYD_` ones.
    private static let common = ["RABBITMQ_URL": "rabbitmq.url", "DATABASE_URL": "database.url"]
    /// Names the file, so it is no key.
    static let fileVariable = "NOTIFYD_CONFIG"
    /// The project's tests keep their own settings under it.
    private static let testPrefix = "NOTIFYD_TEST_"

    let variables: [String: String]

    var providerNames: [String] {
        ListText.items(variables["NOTIFYD_EMAIL_PROVIDERS"] ?? "")
    }

    /// An empty variable is one that is not set.
    func layer(keys: ConfigurationKeys, problems: inout [ConfigurationProblem]) -> ConfigurationLayer {
        var layer = ConfigurationLayer(providerName: "environment")
        let keyByVariable = Dictionary(uniqueKeysWithValues: keys.all.map { ($0.environmentName, $0) })
        let ours = variables.filter {
            $0.key.hasPrefix("NOTIFYD_") && $0.key != Self.fileVariable && !$0.key.hasPrefix(Self.testPrefix)
                && !$0.value.isEmpty
        }
        for (variable, value) in ours.sorted(by: { $0.key < $1.key }) {
            if let key = keyByVariable[variable] {
                layer.set(key, value, .variable(variable))
            } else if variable.hasSuffix("_FILE"), let key = keyByVariable[String(variable.dropLast(5))],
                key.mayComeFromFile
            {
                let origin = ConfigurationOrigin.variableFile(variable: variable, path: value)
                guard ours[key.environmentName] == nil else {
                    problems.append(
                        .init(origin: origin, message: "\(key.environmentName) is set too; keep one of the two")
                    )
                    continue
                }
                do {
                    layer.set(key, try SecretFile.read(value), origin)
                } catch {
                    problems.append(.init(origin: origin, message: "\(key.name): \(error.detail ?? "cannot be read")"))
                }
            } else {
                problems.append(unknown(variable, keys: keys))
            }
        }
        for (variable, name) in Self.common.sorted(by: { $0.key < $1.key }) where layer.entries[name] == nil {
            if let value = variables[variable], !value.isEmpty, let key = keys[name] {
                layer.set(key, value, .variable(variable))
            }
        }
        return layer
    }

    private func unknown(_ variable: String, keys: ConfigurationKeys) -> ConfigurationProblem {
        let names = keys.all.map(\.environmentName)
        let shown = PrintableText.escaped(variable)
        if variable.hasSuffix("_FILE"), names.contains(String(variable.dropLast(5))) {
            return .init(
                origin: .variable(shown),
                message: "only secrets can be given by a file; set \(variable.dropLast(5)) itself"
            )
        }
        let nearest = NearestName.of(variable, among: names) ?? ""
        return .init(origin: .variable(shown), message: "is not a known variable; the nearest is \(nearest)")
    }
}

extension ConfigurationLayer {
    fileprivate mutating func set(_ key: ConfigurationKey, _ text: String, _ origin: ConfigurationOrigin) {
        guard !text.isEmpty else { return }
        entries[key.name] = Entry(text: text, origin: origin, isSecret: key.sensitivity != .open)
    }
}
