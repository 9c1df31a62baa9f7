import DomainEvents
import Testing

@testable import Pipeline

@Suite("Sections stand within one block, or alone around whole blocks")
struct SectionsTests {
    @Test("within a block, and within emphasis, a link's label and its target")
    func withinBlock() throws {
        let fixture = CatalogueFixture(
            email: "a{{#v}} **b{{#v}}c{{/v}}**{{/v}} [l{{#v}}m{{/v}}](https://x.example/{{#v}}{{v}}{{/v}})"
        )
        #expect(try fixture.email().html.body == "<p>a <a href=\"https://x.example/\">l</a></p>\n")
        #expect(
            try fixture.email(["v": .string("1")]).html.body
                == "<p>a <strong>bc</strong> <a href=\"https://x.example/1\">lm</a></p>\n"
        )
    }

    @Test("alone in their paragraphs they take whole blocks with them, without empty lines left over")
    func aroundBlocks() throws {
        let fixture = CatalogueFixture(
            email: "One\n\n{{#v}}\n\nTwo\n\n- x\n- y\n\n{{/v}}\n\n{{^v}}\n\nNone\n\n{{/v}}\n\nEnd"
        )
        let with = try fixture.email(["v": .boolean(true)])
        #expect(with.html.body == "<p>One</p>\n<p>Two</p>\n<ul>\n<li>x</li>\n<li>y</li>\n</ul>\n<p>End</p>\n")
        #expect(with.text == "One\n\nTwo\n\n- x\n- y\n\nEnd\n")
        let without = try fixture.email()
        #expect(without.html.body == "<p>One</p>\n<p>None</p>\n<p>End</p>\n")
        #expect(without.text == "One\n\nNone\n\nEnd\n")
    }

    @Test("a paragraph or a list item that is wholly one section goes with it")
    func onlySection() throws {
        let fixture = CatalogueFixture(email: "A\n\n{{#v}}B{{/v}}\n\n- x\n- {{#list}}y{{.}}{{/list}}\n- z")
        #expect(try fixture.email().html.body == "<p>A</p>\n<ul>\n<li>x</li>\n<li>z</li>\n</ul>\n")
        let full = try fixture.email(["list": .array([.string("1"), .string("2")])])
        #expect(full.html.body == "<p>A</p>\n<ul>\n<li>x</li>\n<li>y1</li>\n<li>y2</li>\n<li>z</li>\n</ul>\n")
        #expect(full.text == "A\n\n- x\n- y1\n- y2\n- z\n")
    }

    @Test("a list alone in its paragraph is told within that paragraph, and an empty one takes it away")
    func listInParagraph() throws {
        let fixture = CatalogueFixture(email: "A\n\n{{#items}}{{.}}, {{/items}}\n\n{{^items}}None{{/items}}\n\nB")
        let mail = try fixture.email(["items": .array([.string("a"), .string("b")])])
        #expect(mail.html.body == "<p>A</p>\n<p>a, b, </p>\n<p>B</p>\n")
        #expect(mail.text == "A\n\na, b, \n\nB\n")
        for value in [JSONValue.array([]), .boolean(false), .null, .string("")] {
            let empty = try fixture.email(["items": value])
            #expect(empty.html.body == "<p>A</p>\n<p>None</p>\n<p>B</p>\n")
            #expect(empty.text == "A\n\nNone\n\nB\n")
        }
    }

    @Test("a list's elements on lines of their own stay on them, and an object's members have their names")
    func linesInParagraph() throws {
        let values: [String: JSONValue] = [
            "items": .array([.string("a"), .string("b")]), "shop": .object(["city": .string("Bonn")]),
        ]
        let lines = try CatalogueFixture(email: "{{#items}}\n{{.}}\n{{/items}}\n\n{{#shop}}{{city}}{{/shop}}")
            .email(values)
        #expect(lines.html.body == "<p>a\nb\n</p>\n<p>Bonn</p>\n")
        #expect(lines.text == "a\nb\n\nBonn\n")
    }

    @Test("a list around whole blocks repeats them, and a conditional paragraph ends its quote or item as any does")
    func blocksOfList() throws {
        let items = ["items": JSONValue.array([.string("a"), .string("b")])]
        let around = try CatalogueFixture(email: "{{#items}}\n\n{{.}}\n\n{{/items}}").email(items)
        #expect(around.html.body == "<p>a</p>\n<p>b</p>\n")
        #expect(around.text == "a\n\nb\n")
        let quote = try CatalogueFixture(email: "> {{#items}}{{.}} {{/items}}\n\nEnd").email(items)
        #expect(quote.html.body == "<blockquote>\n<p>a b </p>\n</blockquote>\n<p>End</p>\n")
        #expect(quote.text == "> a b \n\nEnd\n")
        let item = try CatalogueFixture(email: "- {{#items}}{{#items}}x{{/items}}{{/items}}\n- y").email(items)
        #expect(item.html.body == "<ul>\n<li>xx</li>\n<li>xx</li>\n<li>y</li>\n</ul>\n")
        #expect(item.text == "- xx\n- xx\n- y\n")
    }

    @Test(
        "anything else is an error with file and line",
        arguments: [
            ("a\n\nb {{#v}}c\n\nd{{/v}}", "email.en.md:6: {{#v}} is not closed in the block"),
            ("**a{{#v}}b**c{{/v}}", "email.en.md:4: {{#v}} is not closed in the block"),
            ("{{#v}}\n\na", "email.en.md:4: {{#v}} is not closed"),
            ("a\n\n{{/v}}", "email.en.md:6: {{/v}} closes nothing"),
            ("{{#a}}{{#b}}x{{/a}}{{/b}}", "email.en.md:4: {{/a}} where {{#b}} is to be closed first"),
            ("- a {{#v}}\n- b {{/v}}", "email.en.md:4: {{#v}} is not closed in the block"),
        ]
    )
    func misplaced(body: String, problem: String) {
        let problems = CatalogueFixture(email: body).loadProblems()
        #expect(problems.contains { $0.contains(problem) }, "\(problems)")
    }

    @Test("in an SMS a section's tag alone on its line takes the line with it")
    func plain() throws {
        let fixture = CatalogueFixture(sms: "a\n{{#v}}\nb\n{{/v}}\nc{{^v}} d{{/v}}\n")
        #expect(try fixture.sms() == "a\nc d")
        #expect(try fixture.sms(["v": .boolean(true)]) == "a\nb\nc")
    }
}
