import Yams

/// The YAML file: its tree of nodes with their lines.
struct ConfigurationFile {
    let path: String
    /// nil: an empty file.
    let root: Node?

    private static let limit = 1 << 20

    /// - Throws: a failure that names the file, and the line where it is no YAML.
    init(path: String) throws(ConfigurationFailure) {
        self.path = path
        let bytes: [UInt8]
        do {
            bytes = try FileBytes.read(path, limit: Self.limit)
        } catch {
            let reason = error.detail ?? "it cannot be read"
            throw Self.failure(path, nil, "\(reason); name an existing file with --config or NOTIFYD_CONFIG")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.failure(path, nil, "is no YAML: it is not UTF-8")
        }
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            let (line, reason) = Self.explained(error)
            throw Self.failure(path, line, reason)
        } catch {
            throw Self.failure(path, nil, "is no YAML")
        }
        guard root == nil || root?.mapping != nil || root?.isEmptyValue == true else {
            throw Self.failure(path, 1, "must be a mapping of keys such as `rabbitmq:`")
        }
    }

    private static func failure(_ path: String, _ line: Int?, _ message: String) -> ConfigurationFailure {
        ConfigurationFailure(problems: [ConfigurationProblem(origin: .file(path: path, line: line), message: message)])
    }

    private static func explained(_ error: YamlError) -> (line: Int?, reason: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            (mark.line, "is no YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            (context.mark.line, "the key \(duplicates.first ?? "") is there twice in one mapping")
        case .reader: (nil, "is no YAML: it is not UTF-8")
        default: (nil, "is no YAML")
        }
    }

    /// The names below `smtp:` that are providers of their own, and those that `email.providers` lists.
    var providerNames: [String] {
        let sections = root?.mapping?["smtp"]?.mapping?.compactMap { key, value in
            value.mapping == nil ? nil : key.string
        }
        let email = root?.mapping?["email"]?.mapping?["providers"] ?? root?.mapping?["email.providers"]
        let listed = email?.sequence?.compactMap(\.string) ?? ListText.items(email?.string ?? "")
        return (sections ?? []) + dotted + listed
    }

    /// The same where a name is written in full: `smtp.backup.url`.
    private var dotted: [String] {
        root?.mapping?.compactMap { key, value in
            let parts = key.string?.split(separator: ".").map(String.init) ?? []
            guard parts.first == "smtp", parts.count > 2 || (parts.count == 2 && value.mapping != nil) else {
                return nil
            }
            return parts[1]
        } ?? []
    }

    /// Reads every known key; unknown ones and wrong shapes become problems.
    func layer(keys: ConfigurationKeys, problems: inout [ConfigurationProblem]) -> ConfigurationLayer {
        var reading = Reading(path: path, keys: keys)
        if let mapping = root?.mapping { reading.read(mapping, below: "") }
        problems += reading.problems
        return reading.layer
    }
}

/// One walk over the file's tree.
private struct Reading {
    let path: String
    let keys: ConfigurationKeys
    var layer = ConfigurationLayer(providerName: "file")
    var problems: [ConfigurationProblem] = []

    init(path: String, keys: ConfigurationKeys) {
        self.path = path
        self.keys = keys
    }

    mutating func read(_ mapping: Node.Mapping, below prefix: String) {
        for (keyNode, value) in mapping {
            let line = keyNode.mark?.line ?? value.mark?.line
            guard let part = keyNode.string else {
                report(line, "a key must be a word")
                continue
            }
            let name = prefix.isEmpty ? part : "\(prefix).\(part)"
            if let key = keys[name] {
                read(value, for: key, line: line)
            } else if keys.isSection(name) {
                if let section = value.mapping {
                    read(section, below: name)
                } else if !value.isEmptyValue {
                    report(line, "\(name) is a section of keys such as \(firstKey(below: name)), not a value")
                }
            } else {
                let nearest = NearestName.of(name, among: keys.all.map(\.name)) ?? ""
                report(line, "\(PrintableText.escaped(name)) is not a known key; the nearest is \(nearest)")
            }
        }
    }

    private mutating func read(_ value: Node, for key: ConfigurationKey, line: Int?) {
        // An empty value is the key left out.
        if value.isEmptyValue { return }
        let text: String
        if let list = value.sequence {
            let items = list.compactMap(\.scalar?.string)
            guard key.type.isList, items.count == list.count, !items.isEmpty else {
                report(line, "\(key.name) is not \(key.type.expectation)")
                return
            }
            text = items.joined(separator: ",")
        } else if let scalar = value.scalar {
            text = scalar.string
        } else {
            report(line, "\(key.name) is a value, not a section; it must be \(key.type.expectation)")
            return
        }
        guard layer.entries[key.name] == nil else {
            report(line, "\(key.name) is there twice")
            return
        }
        guard !text.isEmpty else { return }
        layer.entries[key.name] = .init(
            text: text,
            origin: .file(path: path, line: line),
            isSecret: key.sensitivity != .open
        )
    }

    private func firstKey(below name: String) -> String {
        keys.all.first { $0.name.hasPrefix(name + ".") }?.name ?? name
    }

    private mutating func report(_ line: Int?, _ message: String) {
        problems.append(ConfigurationProblem(origin: .file(path: path, line: line), message: message))
    }
}

extension Node {
    /// True for a value that is left out, `~` or `null`, not for a quoted text.
    fileprivate var isEmptyValue: Bool {
        guard let scalar, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
