import DomainEvents

/// Walks a template with an event's values before it is rendered: finds what is missing, and knows how long it gets.
///
/// swift-mustache renders a missing variable as nothing, and would put a list of any length into sections of any
/// depth; both are found here. It leaves each value escaped in its scope, where swift-mustache takes it from.
struct TemplateInspection {
    /// A message's bytes, all its parts together.
    static let maximumSize = 256 << 10

    private var size = 0
    private var scopes: [TemplateScope]

    init(_ root: TemplateScope) {
        scopes = [root]
    }

    mutating func inspect(_ nodes: [TemplateNode]) throws(RenderFailure) {
        for node in nodes {
            switch node {
            case .text(let text): try count(text)
            case .variable(let variable): try inspect(variable)
            case .section(let section, let content): try inspect(section, content)
            }
        }
    }

    private mutating func inspect(_ variable: TemplateVariable) throws(RenderFailure) {
        guard let (value, scope) = find(variable.name) else {
            throw failure(variable, "the event has none, and no section guards it")
        }
        if let text = scope.prepared(variable.key) as? String {
            try count(text)
            return
        }
        let text: String
        switch value {
        case .text(let value): text = value
        case .flag(let flag): text = flag ? "true" : "false"
        case .list, .object: throw failure(variable, "it is a list or an object, and needs a section")
        }
        if variable.escape == .link || variable.escape == .textLink, !LinkText.isLink(text) {
            throw failure(variable, "a link begins with it, and it is no https, http or mailto address")
        }
        let escaped = variable.escape.apply(text)
        scope.prepare(variable.key, escaped)
        try count(escaped)
    }

    private mutating func inspect(_ section: TemplateSection, _ content: [TemplateNode]) throws(RenderFailure) {
        let found = find(section.name)
        let isTruthy = found?.value.isTruthy ?? false
        if let (value, scope) = found {
            switch value {
            case .text, .flag: scope.prepare(section.key, isTruthy)
            case .list(let elements): scope.prepare(section.key, elements)
            case .object(let object): scope.prepare(section.key, object)
            }
        }
        guard isTruthy != section.isInverted else { return }
        switch found?.value {
        case .list(let elements) where !section.isInverted:
            for element in elements { try inspect(content, in: element) }
        case .object(let object) where !section.isInverted: try inspect(content, in: object)
        default: try inspect(content)
        }
    }

    private mutating func inspect(_ nodes: [TemplateNode], in scope: TemplateScope) throws(RenderFailure) {
        scopes.append(scope)
        defer { scopes.removeLast() }
        // Even an element that shows nothing takes time.
        try count(" ")
        try inspect(nodes)
    }

    /// The value of a name, and the scope that holds it: the innermost that knows the name's first part.
    private func find(_ name: TemplateName) -> (value: TemplateValue, scope: TemplateScope)? {
        guard let first = name.path.first else {
            if name.last.isEmpty { return scopes.last.flatMap { scope in scope.value("").map { ($0, scope) } } }
            for scope in scopes.reversed() {
                if let value = scope.value(name.last) { return (value, scope) }
            }
            return nil
        }
        for scope in scopes.reversed() {
            guard case .object(var object) = scope.value(first) else { continue }
            scope.prepare(first, object)
            for part in name.path.dropFirst() {
                guard case .object(let next) = object.value(part) else { return nil }
                object.prepare(part, next)
                object = next
            }
            return object.value(name.last).map { ($0, object) }
        }
        return nil
    }

    private mutating func count(_ text: String) throws(RenderFailure) {
        size += text.utf8.count
        guard size <= Self.maximumSize else {
            throw RenderFailure(code: .templateSize, message: "the message is over 256 KiB")
        }
    }

    private func failure(_ variable: TemplateVariable, _ reason: String) -> RenderFailure {
        let message = "{{\(variable.name.text)}} in \(variable.source.file):\(variable.source.line): \(reason)"
        return RenderFailure(code: .templateVariable, message: message)
    }
}
