import DomainEvents

/// Finds variables that no sample shows to be wrong: mistyped ones behind a section, and unguarded optional ones.
struct VariableReview {
    private let catalogue: Catalogue
    private let definition: NotificationDefinition
    private let known: Set<String>
    /// By the name of a list or an object in a sample: the names that its section gives a meaning.
    private let members: [String: Set<String>]

    init(catalogue: Catalogue, definition: NotificationDefinition, decoder: EventDecoder) {
        self.catalogue = catalogue
        self.definition = definition
        var members: [String: Set<String>] = [:]
        for sample in definition.samples.keys {
            let event = try? catalogue.sampleEvent(type: definition.type, sample: sample, decoder: decoder)
            if let event { Self.collectMembers(in: .object(event.payload), into: &members) }
        }
        self.members = members
        known = Set(EventValues.builtIn + definition.schema.fields.map(\.name)).union(members.keys)
    }

    /// One for each name and line.
    var warnings: [CatalogueProblem] {
        var warnings: [CatalogueProblem] = []
        for nodes in allNodes {
            for (name, source) in nodes.names where !isKnown(name) {
                let hint = NearestName.hint(for: name.text, among: known)
                let message = "\(name.text) is neither a field nor in a sample\(hint)"
                append(source.problem(message), to: &warnings)
            }
            for variable in nodes.unguarded(within: [], members: members) where isOptional(variable.name.text) {
                let name = variable.name.text
                let message = "{{\(name)}} may be missing, and no {{#\(name)}} guards it"
                append(variable.source.problem(message), to: &warnings)
            }
        }
        return warnings
    }

    private var allNodes: [[TemplateNode]] {
        guard let templates = catalogue.templates[definition.type] else { return [] }
        let emails = templates.emails.values.flatMap(\.0.parts)
        return emails + templates.sms.values.map { $0.0.text }
    }

    private func append(_ problem: CatalogueProblem, to warnings: inout [CatalogueProblem]) {
        var warning = problem
        warning.severity = .warning
        if !warnings.contains(warning) { warnings.append(warning) }
    }

    private func isKnown(_ name: TemplateName) -> Bool {
        (name.path + [name.last]).allSatisfy { $0.isEmpty || known.contains($0) }
    }

    private func isOptional(_ name: String) -> Bool {
        // Without a link or a token the decoder rejects the event.
        if definition.type == EventDecoder.passwordReset, name == "resetUrl" { return false }
        // A recipient may have no name, or one that must not be shown.
        return name == "name" || definition.schema[name]?.isOptional == true
    }

    /// Every name there is, with the names within.
    private static func collectMembers(in value: JSONValue, into members: inout [String: Set<String>]) {
        switch value {
        case .object(let object):
            for (name, member) in object {
                members[name, default: []].formUnion(names(in: member))
                collectMembers(in: member, into: &members)
            }
        case .array(let elements): for element in elements { collectMembers(in: element, into: &members) }
        case .null, .boolean, .number, .string: break
        }
    }

    private static func names(in value: JSONValue) -> Set<String> {
        switch value {
        case .object(let object): Set(object.keys)
        case .array(let elements): elements.reduce(into: []) { $0.formUnion(names(in: $1)) }
        case .null, .boolean, .number, .string: []
        }
    }
}

extension [TemplateNode] {
    /// The variables that stand in no section of their own name, nor in one of a list or an object that has the name itself.
    ///
    /// - Parameter members: by the section's name, the names within.
    func unguarded(within guards: Set<String>, members: [String: Set<String>]) -> [TemplateVariable] {
        flatMap { node -> [TemplateVariable] in
            switch node {
            case .text: return []
            case .variable(let variable): return guards.contains(variable.name.text) ? [] : [variable]
            case .section(let section, let content):
                guard !section.isInverted else { return content.unguarded(within: guards, members: members) }
                let inner = guards.union([section.name.text]).union(members[section.name.last] ?? [])
                return content.unguarded(within: inner, members: members)
            }
        }
    }
}
