import FoundationEssentials

/// `$CREDENTIALS_DIRECTORY` (systemd.exec(5)): a file per key, named as its variable in lower case.
struct CredentialsFolder {
    let path: String
    private let names: [String]
    private let isReadable: Bool

    init(path: String) {
        self.path = path
        let found = try? FileManager.default.contentsOfDirectory(atPath: path)
        names = (found ?? []).sorted()
        isReadable = found != nil
    }

    /// The content of `notifyd_email_providers`, which decides what other keys there are.
    var providerNames: [String] {
        guard names.contains("notifyd_email_providers"),
            let text = try? SecretFile.read("\(path)/notifyd_email_providers")
        else { return [] }
        return ListText.items(text)
    }

    /// Files that do not start with `notifyd_` are somebody else's; `otel_…` ones are read by `openTelemetry`.
    func layer(keys: ConfigurationKeys, problems: inout [ConfigurationProblem]) -> ConfigurationLayer {
        var layer = ConfigurationLayer(providerName: "credentials")
        if !isReadable {
            problems.append(
                ConfigurationProblem(
                    origin: .credential(path: path),
                    message: "the folder that CREDENTIALS_DIRECTORY names cannot be read"
                )
            )
        }
        let keyByName = Dictionary(uniqueKeysWithValues: keys.all.map { ($0.credentialName, $0) })
        for name in names where name.hasPrefix("notifyd_") {
            let origin = ConfigurationOrigin.credential(path: "\(path)/\(name)")
            guard let key = keyByName[name] else {
                let nearest = NearestName.of(name, among: keys.all.map(\.credentialName)) ?? ""
                problems.append(
                    ConfigurationProblem(
                        origin: origin,
                        message: "\(PrintableText.escaped(name)) is not a known credential; the nearest is \(nearest)"
                    )
                )
                continue
            }
            do {
                let text = try SecretFile.read("\(path)/\(name)")
                guard !text.isEmpty else { continue }
                layer.entries[key.name] = .init(text: text, origin: origin, isSecret: key.sensitivity != .open)
            } catch {
                problems.append(ConfigurationProblem(origin: origin, message: error.detail ?? "cannot be read"))
            }
        }
        return layer
    }

    /// `OTEL_…` values given as credentials (`otel_exporter_otlp_headers` and the like), by variable name.
    var openTelemetry: [String: String] {
        var values: [String: String] = [:]
        for name in names where name.hasPrefix("otel_") {
            if let text = try? SecretFile.read("\(path)/\(name)") { values[name.uppercased()] = text }
        }
        return values
    }
}
