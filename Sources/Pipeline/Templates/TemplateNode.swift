/// A compiled template as a tree: literal text that is final, variables with the escape of their place, and sections.
indirect enum TemplateNode: Sendable, Equatable {
    case text(String)
    case variable(TemplateVariable)
    case section(TemplateSection, [TemplateNode])
}

/// A variable at its place.
struct TemplateVariable: Sendable, Equatable {
    var name: TemplateName
    var escape: Escape
    var source: SourceLine

    init(_ tag: TemplateTag, _ escape: Escape) {
        name = TemplateName(tag.name)
        self.escape = escape
        source = tag.source
    }
}

/// `{{#name}}` or `{{^name}}`.
struct TemplateSection: Sendable, Equatable {
    var name: TemplateName
    var isInverted: Bool
    /// Its content is shown once or not at all: it neither repeats with a list's elements nor gives their names or an
    /// object's a meaning. It goes around the markup of a block that holds nothing but the section itself.
    var isGuard: Bool
    var source: SourceLine

    init(_ tag: TemplateTag, isGuard: Bool = false) {
        name = TemplateName(tag.name)
        isInverted = tag.kind == .inverted
        self.isGuard = isGuard
        source = tag.source
    }
}

/// A name in a tag: `amount`, `customer.name`, or `.` for a list's present element.
struct TemplateName: Sendable, Equatable {
    /// As written.
    var text: String
    /// The objects that lead to the value.
    var path: [String]
    /// The value's own name; empty for `.`.
    var last: String

    init(_ text: String) {
        self.text = text
        let parts = text == "." ? [""] : text.split(separator: ".").map(String.init)
        path = parts.dropLast()
        last = parts.last ?? ""
    }
}

extension [TemplateNode] {
    /// The same with neighbouring texts joined, which are written faster.
    var joined: [TemplateNode] {
        reduce(into: []) { nodes, node in
            switch node {
            case .text(let text):
                if case .text(let before) = nodes.last {
                    nodes[nodes.count - 1] = .text(before + text)
                } else if !text.isEmpty {
                    nodes.append(node)
                }
            case .section(let section, let content): nodes.append(.section(section, content.joined))
            case .variable: nodes.append(node)
            }
        }
    }

    /// A one-line text (a subject) put into another place: its literals and its values get that place's escape.
    func placed(in escape: Escape) -> [TemplateNode] {
        map { node in
            switch node {
            case .text(let text): return .text(escape.apply(text))
            case .variable(var variable):
                variable.escape = escape
                return .variable(variable)
            case .section(let section, let content): return .section(section, content.placed(in: escape))
            }
        }
    }

    /// All variables and sections within, sections before their content.
    var names: [(name: TemplateName, source: SourceLine)] {
        flatMap { node -> [(name: TemplateName, source: SourceLine)] in
            switch node {
            case .text: return []
            case .variable(let variable): return [(variable.name, variable.source)]
            case .section(let section, let content): return [(section.name, section.source)] + content.names
            }
        }
    }
}
