import DomainEvents
import FoundationEssentials
import Testing

@testable import Pipeline

@Suite("Variables: what is missing is known before anything is rendered")
struct VariablesTests {
    @Test("a variable that the event lacks is template.variable, and says where it stands")
    func missing() throws {
        let fixture = CatalogueFixture(email: "One\n\nTwo {{nope}}")
        let failure = #expect(throws: RenderFailure.self) { try fixture.email() }
        #expect(failure?.code == .templateVariable)
        #expect(failure?.message.contains("{{nope}} in order.shipped/email.en.md:6") == true)
    }

    @Test("a section guards its variable; an inverted one and a section of another name do not")
    func guards() throws {
        #expect(try CatalogueFixture(email: "a{{#note}} {{note}}{{/note}}").email().text == "a\n")
        #expect(throws: RenderFailure.self) { try CatalogueFixture(email: "{{^note}}{{note}}{{/note}}").email() }
        let other = CatalogueFixture(email: "a{{#flag}}{{note}}{{/flag}}")
        #expect(throws: RenderFailure.self) { try other.email(["flag": .boolean(true)]) }
        #expect(try other.email(["flag": .boolean(false)]).text == "a\n")
    }

    @Test(
        "an empty text, false, null and an empty list are as if they were not there",
        arguments: [
            JSONValue.string(""), .boolean(false), .null, .array([]),
        ]
    )
    func falsy(value: JSONValue) throws {
        let fixture = CatalogueFixture(email: "{{#v}}yes{{/v}}{{^v}}no{{/v}}")
        #expect(try fixture.email(["v": value]).text == "no\n")
    }

    @Test("a list repeats its section, with the element's members, the element itself, and the names outside")
    func lists() throws {
        let fixture = CatalogueFixture(email: "{{#items}}{{title}} of {{orderId}}, {{/items}}{{#tags}}{{.}};{{/tags}}")
        let mail = try fixture.email([
            "orderId": .string("A"),
            "items": .array([.object(["title": .string("x")]), .object(["title": .string("<y>")])]),
            "tags": .array([.string("1"), .number(2)]),
        ])
        #expect(mail.text == "x of A, <y> of A, 1;2;\n")
        #expect(mail.html.body == "<p>x of A, &lt;y&gt; of A, 1;2;</p>\n")
    }

    @Test("a dotted name goes into an object, and a list or an object needs a section")
    func objects() throws {
        let values: [String: JSONValue] = ["shop": .object(["city": .object(["name": .string("Bonn")])])]
        #expect(try CatalogueFixture(email: "{{shop.city.name}}").email(values).text == "Bonn\n")
        #expect(
            try CatalogueFixture(email: "{{#shop}}{{#city}}{{name}}{{/city}}{{/shop}}").email(values).text == "Bonn\n"
        )
        #expect(throws: RenderFailure.self) { try CatalogueFixture(email: "{{shop.zip}}").email(values) }
        #expect(throws: RenderFailure.self) { try CatalogueFixture(email: "{{shop}}").email(values) }
    }

    @Test("a message over 256 KiB is template.size, found before it is made")
    func size() throws {
        let items = JSONValue.array(Array(repeating: .string(""), count: 2000))
        let nested = CatalogueFixture(email: "{{#items}}{{#items}}{{#items}}x{{/items}}{{/items}}{{/items}}")
        let failure = #expect(throws: RenderFailure.self) { try nested.email(["items": items]) }
        #expect(failure?.code == .templateSize)
        let long = CatalogueFixture(sms: "{{v}}")
        let tooLong = #expect(throws: RenderFailure.self) {
            try long.sms(["v": .string(String(repeating: "a", count: 300_000))])
        }
        #expect(tooLong?.code == .templateSize)
    }

    @Test("a type that is not in the catalogue is type.unknown")
    func unknownType() throws {
        let event = DomainEvent(type: "x", occurredAt: Catalogue.sampleTime)
        let catalogue = try CatalogueFixture().load()
        let failure = #expect(throws: RenderFailure.self) {
            try catalogue.render(type: "x", channel: .email, event: event, recipient: Recipient())
        }
        #expect(failure?.code == .typeUnknown)
    }
}
