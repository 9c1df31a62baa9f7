import DomainEvents

/// Reads a type's `notification.yaml`.
struct DefinitionParser {
    private static let keys = [
        "description", "category", "channels", "deliver", "dedupe", "expires", "uncertain", "enabled", "sensitive",
        "fields",
    ]

    private var reader: YAMLReader

    /// Nil, with problems, where the file cannot be used.
    static func parse(
        _ file: SourceFile,
        type: String,
        samples: [String: [UInt8]],
        problems: inout [CatalogueProblem]
    ) -> NotificationDefinition? {
        guard let text = file.text(problems: &problems) else { return nil }
        var parser = DefinitionParser(reader: YAMLReader(file: file.name, text: text))
        let definition = parser.definition(type: type, samples: samples)
        problems += parser.reader.problems
        return parser.reader.problems.isEmpty ? definition : nil
    }

    private mutating func definition(type: String, samples: [String: [UInt8]]) -> NotificationDefinition? {
        guard let root = reader.mapping(keys: Self.keys, required: ["category", "channels", "fields"]) else {
            return nil
        }
        let schema = root["fields"].map { fields($0) } ?? EventSchema(fields: [])
        let category = root["category"].flatMap { reader.choice($0, of: NotificationDefinition.Category.self) }
        let channels = root["channels"].map { self.channels($0) } ?? []
        let dedupe = root["dedupe"].map { names($0, in: schema, mustBeRequired: true) } ?? []
        let sensitive = root["sensitive"].map { names($0, in: schema, mustBeRequired: false) } ?? []
        let deliver = root["deliver"].flatMap { reader.choice($0, of: NotificationDefinition.Deliver.self) }
        let enabled = root["enabled"].flatMap { reader.boolean($0) }
        let expires = root["expires"].flatMap { duration($0) }
        let uncertain = root["uncertain"].map { self.uncertain($0) } ?? [:]
        let description = root["description"].flatMap { reader.string($0) }
        guard let category, !channels.isEmpty else { return nil }
        return NotificationDefinition(
            type: type,
            description: description ?? "",
            category: category,
            channels: channels,
            deliver: deliver ?? .preferred,
            dedupe: dedupe,
            expires: expires,
            uncertain: uncertain,
            enabled: enabled ?? true,
            sensitive: sensitive,
            schema: schema,
            samples: samples
        )
    }

    private mutating func channels(_ entry: YAMLReader.Entry) -> [Channel] {
        let elements = reader.list(entry)
        if elements.isEmpty { reader.report("channels needs at least one of email, sms", at: entry.line) }
        var channels: [Channel] = []
        for element in elements {
            guard let channel = reader.choice(element, of: Channel.self) else { continue }
            if channels.contains(channel) { reader.report("the channel \(channel) stands twice", at: element.line) }
            channels.append(channel)
        }
        return channels
    }

    private mutating func fields(_ entry: YAMLReader.Entry) -> EventSchema {
        var specs: [(spec: FieldSpec, line: Int)] = []
        for field in reader.mapping(entry).entries {
            guard let declaration = reader.string(field) else { continue }
            guard let spec = FieldSpec(name: field.key, declaration: declaration) else {
                reader.report(
                    "\(field.key): \"\(declaration)\" is none of id, text, money(FIELD), currency, url, time, number, "
                        + "boolean, list, with a ? if optional",
                    at: field.line
                )
                continue
            }
            specs.append((spec, field.line))
        }
        let schema = EventSchema(fields: specs.map(\.spec))
        for problem in schema.problems {
            let line = specs.first { problem.hasPrefix($0.spec.name + ":") }?.line
            reader.report(problem, at: line ?? entry.line)
        }
        return schema
    }

    private mutating func names(
        _ entry: YAMLReader.Entry,
        in schema: EventSchema,
        mustBeRequired: Bool
    ) -> [String] {
        var names: [String] = []
        for element in reader.list(entry) {
            guard let name = reader.string(element) else { continue }
            guard let field = schema[name] else {
                let hint = NearestName.hint(for: name, among: schema.fields.map(\.name))
                reader.report("\(entry.key): no field \(name)\(hint)", at: element.line)
                continue
            }
            if mustBeRequired, field.isOptional {
                reader.report("\(entry.key): \(name) is optional, and every event needs it here", at: element.line)
            }
            if names.contains(name) { reader.report("\(entry.key): \(name) stands twice", at: element.line) }
            names.append(name)
        }
        return names
    }

    private mutating func duration(_ entry: YAMLReader.Entry) -> Duration? {
        guard let text = reader.string(entry) else { return nil }
        guard let duration = DurationText.parse(text), duration > .zero else {
            reader.report("\(entry.key) is a duration such as 30m or 72h, not \"\(text)\"", at: entry.line)
            return nil
        }
        return duration
    }

    private mutating func uncertain(_ entry: YAMLReader.Entry) -> [Channel: NotificationDefinition.UncertainPolicy] {
        var policies: [Channel: NotificationDefinition.UncertainPolicy] = [:]
        for element in reader.mapping(entry).entries {
            guard let channel = Channel(rawValue: element.key) else {
                let hint = NearestName.hint(for: element.key, among: Channel.allCases.map(\.rawValue))
                reader.report("uncertain: no channel \(element.key)\(hint)", at: element.line)
                continue
            }
            policies[channel] = reader.choice(element, of: NotificationDefinition.UncertainPolicy.self)
        }
        return policies
    }
}
