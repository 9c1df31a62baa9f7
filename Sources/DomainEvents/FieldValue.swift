import FoundationEssentials

/// The typed value of a declared field.
public enum FieldValue: Sendable, Equatable {
    case id(String)
    case text(String)
    case money(Money)
    case currency(Currency)
    case url(String)
    case time(Date)
    case number(Decimal)
    case boolean(Bool)
    case list([JSONValue])
}
