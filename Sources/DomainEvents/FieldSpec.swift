/// What a field of an event must be.
public enum FieldType: Sendable, Equatable {
    /// A string or an integer; `1` and `"1"` are the same.
    case id
    case text
    /// An exact decimal in the currency that another field names.
    case money(currencyField: String)
    /// An ISO 4217 code.
    case currency
    /// An absolute https link.
    case url
    /// RFC 3339.
    case time
    case number
    case boolean
    case list
}

/// One declared field of an event type: its name, its type, and whether an event may lack it.
public struct FieldSpec: Sendable, Equatable {
    public var name: String
    public var type: FieldType
    public var isOptional: Bool

    public init(name: String, type: FieldType, isOptional: Bool = false) {
        self.name = name
        self.type = type
        self.isOptional = isOptional
    }

    /// Reads a declaration as notification.yaml writes it: `id`, `text?`, `money(currency)`, …
    ///
    /// Nil for an unknown type, and for a name that is not made of letters, digits, `_` and `-`
    /// (so that names never meet the separators of a dedupe key).
    public init?(name: String, declaration: String) {
        guard Self.isName(name) else { return nil }
        var word = declaration[...]
        let isOptional = word.last == "?"
        if isOptional { word.removeLast() }

        let type: FieldType
        switch word {
        case "id": type = .id
        case "text": type = .text
        case "currency": type = .currency
        case "url": type = .url
        case "time": type = .time
        case "number": type = .number
        case "boolean": type = .boolean
        case "list": type = .list
        default:
            guard word.hasPrefix("money("), word.hasSuffix(")") else { return nil }
            let currencyField = word.dropFirst("money(".count).dropLast()
            guard Self.isName(currencyField) else { return nil }
            type = .money(currencyField: String(currencyField))
        }
        self.init(name: name, type: type, isOptional: isOptional)
    }

    private static func isName(_ name: some StringProtocol) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { ASCII.isAlphanumeric($0) || $0 == ASCII.underscore || $0 == ASCII.hyphen }
    }
}

/// The declared fields of an event type, in the order of their declaration.
public struct EventSchema: Sendable, Equatable {
    public let fields: [FieldSpec]
    /// The fields that make two events with the same dedupe key the same fact; by name.
    public let requiredFields: [FieldSpec]

    public init(fields: [FieldSpec] = []) {
        self.fields = fields
        requiredFields = fields.filter { !$0.isOptional }.sorted { $0.name < $1.name }
    }

    public subscript(name: String) -> FieldSpec? {
        fields.first { $0.name == name }
    }

    /// Declarations that name no currency field: `money(x)` where `x` is missing, is not a `currency`, or may be absent
    /// where the amount may not. A line each; empty when all is well.
    public var problems: [String] {
        fields.compactMap { field in
            guard case .money(let currencyField) = field.type else { return nil }
            guard let currency = self[currencyField], currency.type == .currency else {
                return "\(field.name): money(\(currencyField)) needs a field \(currencyField): currency"
            }
            return currency.isOptional && !field.isOptional
                ? "\(field.name): its currency field \(currencyField) must not be optional" : nil
        }
    }
}
