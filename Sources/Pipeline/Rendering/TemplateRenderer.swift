import DomainEvents

/// Writes compiled templates with an event's values, the parts of one message after each other.
///
/// Mustache would write nothing for a missing variable, and put a list of any length into sections of any depth: here the
/// one is an error, and the message has a bound.
struct TemplateRenderer {
    /// A message's bytes, all its parts together.
    static let maximumSize = 256 << 10

    private var size = 0
    private var scopes: [TemplateScope]
    private var text = ""

    init(_ root: TemplateScope) {
        scopes = [root]
    }

    /// - Throws: `template.variable` where the event lacks what nothing guards, or has what cannot stand in its place;
    ///   `template.size`.
    mutating func render(_ nodes: [TemplateNode]) throws(RenderFailure) -> String {
        text = ""
        text.reserveCapacity(nodes.literalSize * 5 / 4)
        try write(nodes)
        return text
    }

    private mutating func write(_ nodes: [TemplateNode]) throws(RenderFailure) {
        for node in nodes {
            switch node {
            case .text(let literal): try append(literal)
            case .variable(let variable): try append(value(of: variable))
            case .section(let section, let content): try write(section, content)
            }
        }
    }

    private func value(of variable: TemplateVariable) throws(RenderFailure) -> String {
        let text: String
        switch find(variable.name) {
        case .text(let value): text = value
        case .flag(let flag): text = flag ? "true" : "false"
        case .list, .object: throw failure(variable, "it is a list or an object, and needs a section")
        case nil: throw failure(variable, "the event has none, and no section guards it")
        }
        if variable.escape == .link || variable.escape == .textLink, !LinkText.isLink(text) {
            throw failure(variable, "a link begins with it, and it is no https, http or mailto address")
        }
        return variable.escape.apply(text)
    }

    private mutating func write(_ section: TemplateSection, _ content: [TemplateNode]) throws(RenderFailure) {
        let value = find(section.name)
        guard value?.isTruthy ?? false != section.isInverted else { return }
        guard !section.isInverted, !section.isGuard else { return try write(content) }
        switch value {
        case .list(let elements): for element in elements { try write(content, in: element) }
        case .object(let object): try write(content, in: object)
        case .text, .flag, nil: try write(content)
        }
    }

    private mutating func write(_ nodes: [TemplateNode], in scope: TemplateScope) throws(RenderFailure) {
        scopes.append(scope)
        defer { scopes.removeLast() }
        // Even an element that shows nothing takes time.
        try count(1)
        try write(nodes)
    }

    /// The value of a name in the innermost scope that knows its first part.
    private func find(_ name: TemplateName) -> TemplateValue? {
        guard let first = name.path.first else {
            if name.last.isEmpty { return scopes.last?.value("") }
            for scope in scopes.reversed() {
                if let value = scope.value(name.last) { return value }
            }
            return nil
        }
        for scope in scopes.reversed() {
            guard case .object(var object) = scope.value(first) else { continue }
            for part in name.path.dropFirst() {
                guard case .object(let next) = object.value(part) else { return nil }
                object = next
            }
            return object.value(name.last)
        }
        return nil
    }

    private mutating func append(_ piece: String) throws(RenderFailure) {
        try count(piece.utf8.count)
        text += piece
    }

    private mutating func count(_ bytes: Int) throws(RenderFailure) {
        size += bytes
        guard size <= Self.maximumSize else {
            throw RenderFailure(code: .templateSize, message: "the message is over 256 KiB")
        }
    }

    private func failure(_ variable: TemplateVariable, _ reason: String) -> RenderFailure {
        let message = "{{\(variable.name.text)}} in \(variable.source.file):\(variable.source.line): \(reason)"
        return RenderFailure(code: .templateVariable, message: message)
    }
}

extension [TemplateNode] {
    /// Bytes of the literals outside sections: most of what a message will have.
    fileprivate var literalSize: Int {
        reduce(64) { size, node in if case .text(let text) = node { size + text.utf8.count } else { size } }
    }
}
