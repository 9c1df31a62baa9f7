import DomainEvents

/// Finds variables that no sample shows to be wrong: mistyped ones behind a section, and unguarded optional ones.
struct VariableReview {
    private let catalogue: Catalogue
    private let definition: NotificationDefinition
    private let known: Set<String>

    init(catalogue: Catalogue, definition: NotificationDefinition, decoder: EventDecoder) {
        self.catalogue = catalogue
        self.definition = definition
        var known = Set(EventValues.builtIn + definition.schema.fields.map(\.name))
        for sample in definition.samples.keys {
            let event = try? catalogue.sampleEvent(type: definition.type, sample: sample, decoder: decoder)
            if let event { Self.collectNames(.object(event.payload), into: &known) }
        }
        self.known = known
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
            for variable in nodes.unguarded(within: []) where isOptional(variable.name.text) {
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

    private static func collectNames(_ value: JSONValue, into names: inout Set<String>) {
        switch value {
        case .object(let members):
            for (name, member) in members {
                names.insert(name)
                collectNames(member, into: &names)
            }
        case .array(let elements): for element in elements { collectNames(element, into: &names) }
        case .null, .boolean, .number, .string: break
        }
    }
}

extension [TemplateNode] {
    /// The variables that stand in no section of their own name.
    func unguarded(within guards: Set<String>) -> [TemplateVariable] {
        flatMap { node -> [TemplateVariable] in
            switch node {
            case .text: return []
            case .variable(let variable): return guards.contains(variable.name.text) ? [] : [variable]
            case .section(let section, let content):
                return content.unguarded(within: section.isInverted ? guards : guards.union([section.name.text]))
            }
        }
    }
}
