import FoundationEssentials
import Testing

@testable import DomainEvents

@Suite("Field declarations")
struct FieldSpecTests {
    @Test(
        "every type is read, with and without ?",
        arguments: [
            ("id", FieldType.id), ("text", .text), ("money(currency)", .money(currencyField: "currency")),
            ("currency", .currency), ("url", .url), ("time", .time), ("number", .number), ("boolean", .boolean),
            ("list", .list),
        ]
    )
    func types(word: String, type: FieldType) {
        #expect(FieldSpec(name: "a", declaration: word) == FieldSpec(name: "a", type: type, isOptional: false))
        #expect(FieldSpec(name: "a", declaration: "\(word)?") == FieldSpec(name: "a", type: type, isOptional: true))
    }

    @Test(
        "what is no declaration",
        arguments: [
            ("a", ""), ("a", "?"), ("a", "string"), ("a", "Text"), ("a", "text??"), ("a", "money"), ("a", "money()"),
            ("a", "money(a b)"), ("a", "money(a"), ("", "text"), ("a:b", "text"), ("a|b", "text"), ("a b", "text"),
        ]
    )
    func invalid(name: String, word: String) {
        #expect(FieldSpec(name: name, declaration: word) == nil)
    }
}
