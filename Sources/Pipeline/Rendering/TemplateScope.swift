import DomainEvents
import FoundationEssentials

/// A value as templates see it.
enum TemplateValue {
    case text(String)
    case flag(Bool)
    case list([TemplateScope])
    case object(TemplateScope)

    /// What `{{#name}}` goes by: an empty text, `false` and an empty list are as if they were not there.
    var isTruthy: Bool {
        switch self {
        case .text(let text): !text.isEmpty
        case .flag(let flag): flag
        case .list(let scopes): !scopes.isEmpty
        case .object: true
        }
    }
}

/// The names that templates can use at one place: an event's, an object's members, or a list's element.
///
/// It belongs to one rendering, and writes each value once however often it is named.
final class TemplateScope {
    private let lookUp: (String) -> TemplateValue?
    private var values: [String: TemplateValue?] = [:]

    init(_ lookUp: @escaping (String) -> TemplateValue?) {
        self.lookUp = lookUp
    }

    /// The value of a name; the empty name is a list's element itself.
    func value(_ name: String) -> TemplateValue? {
        if let known = values[name] { return known }
        let value = lookUp(name)
        values[name] = value
        return value
    }
}

extension TemplateScope {
    /// A JSON object's members, or another element of a list.
    static func of(_ element: JSONValue) -> TemplateScope {
        TemplateScope { name in
            if name.isEmpty { return TemplateValue(element) }
            guard case .object(let members) = element else { return nil }
            return members[name].flatMap { TemplateValue($0) }
        }
    }
}

extension TemplateValue {
    /// A field that the schema does not know, as it came; nil for null.
    init?(_ json: JSONValue) {
        switch json {
        case .null: return nil
        case .boolean(let flag): self = .flag(flag)
        case .number(let number): self = .text(number.description)
        case .string(let text): self = .text(text)
        case .array(let elements): self = .list(elements.map { TemplateScope.of($0) })
        case .object: self = .object(TemplateScope.of(json))
        }
    }
}
