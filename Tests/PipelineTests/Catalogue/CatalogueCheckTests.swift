import DomainEvents
import Testing

@testable import Pipeline

@Suite("Checking a catalogue by its samples")
struct CatalogueCheckTests {
    private func problems(_ fixture: CatalogueFixture) throws -> [String] {
        try fixture.load().check().map(\.description)
    }

    @Test("a good catalogue has no problem")
    func good() throws {
        #expect(try problems(CatalogueFixture()) == [])
    }

    @Test("a variable that a sample lacks is an error of that sample")
    func missing() throws {
        let found = try problems(CatalogueFixture(email: "{{nope}}"))
        #expect(
            found.contains {
                $0.hasPrefix("order.shipped/samples/default.json: email in en: template.variable: {{nope}}")
            }
        )
    }

    @Test("a sample that the decoder rejects is an error")
    func rejected() throws {
        var fixture = CatalogueFixture()
        fixture["samples/default.json"] = #"{"order": 1}"#
        fixture["samples/broken.json"] = "{"
        let found = try problems(fixture)
        #expect(
            found.map { $0.prefix { $0 != ":" } } == [
                "order.shipped/samples/broken.json", "order.shipped/samples/default.json",
            ]
        )
    }

    @Test("hosts that links may point to are asked of the user's samples, not of the built-in ones")
    func linkHosts() throws {
        let decoder = EventDecoder(links: LinkPolicy(hosts: ["app.ourco.example"]))
        let builtIn = try Catalogue.load(path: nil, options: CatalogueOptions())
        #expect(builtIn.check(decoder: decoder).filter { $0.severity == .error } == [])
        var fixture = CatalogueFixture()
        fixture["samples/default.json"] = #"{"orderId": "A", "link": "https://other.example/"}"#
        let found = try fixture.load().check(decoder: decoder).map(\.description)
        #expect(found.contains { $0.contains("samples/default.json") && $0.contains("link.host") }, "\(found)")
    }

    @Test("a mistyped variable behind a section is a warning with the nearest name")
    func mistyped() throws {
        let found = try problems(CatalogueFixture(email: "a\n\n{{#noet}}x{{/noet}}"))
        #expect(
            found == [
                "order.shipped/email.en.md:6: warning: noet is neither a field nor in a sample; did you mean note?"
            ]
        )
    }

    @Test("an optional field or a name that nothing guards is a warning, though the sample has it")
    func unguarded() throws {
        var fixture = CatalogueFixture(email: "{{note}} {{name}} {{#note}}{{note}}{{/note}}")
        fixture["samples/default.json"] = #"{"orderId": 1, "note": "n", "name": "Ann"}"#
        #expect(
            try problems(fixture) == [
                "order.shipped/email.en.md:4: warning: {{name}} may be missing, and no {{#name}} guards it",
                "order.shipped/email.en.md:4: warning: {{note}} may be missing, and no {{#note}} guards it",
            ]
        )
    }

    @Test("the name of a list's element or of an object is not the recipient's, which may be missing")
    func memberNames() throws {
        var fixture = CatalogueFixture(
            email: "{{#items}}{{name}}, {{/items}}{{#shop}}{{name}} {{note}}{{/shop}}\n\n{{name}}"
        )
        fixture["samples/default.json"] =
            #"{"orderId": 1, "note": "n", "name": "Ann", "items": [{"name": "Tea"}, {}], "shop": {"name": "S"}}"#
        #expect(
            try problems(fixture) == [
                "order.shipped/email.en.md:4: warning: {{note}} may be missing, and no {{#note}} guards it",
                "order.shipped/email.en.md:6: warning: {{name}} may be missing, and no {{#name}} guards it",
            ]
        )
    }

    @Test("golden files are compared, and the first line that differs is shown")
    func golden() throws {
        var fixture = CatalogueFixture()
        fixture["expected/default.sms.en.txt"] = "Order A-1 is on its way.\n"
        fixture["expected/default.email.en.txt"] = "Subject: Order A-1\n\nIt is on its way.\n"
        #expect(try problems(fixture) == [])
        fixture["expected/default.email.en.txt"] = "Subject: Order A-1\n\nIt was.\n"
        fixture["expected/default.email.en.html"] = "<p>"
        fixture["expected/other.sms.en.txt"] = ""
        #expect(
            try problems(fixture) == [
                "order.shipped/expected/default.email.en.html:1: expected \"<p>\", is "
                    + "\"<html lang=\"en\"><title>Order A-1</title><body><p>It is on its way.</p>\"",
                "order.shipped/expected/default.email.en.txt:3: expected \"It was.\", is \"It is on its way.\"",
                "order.shipped/expected/other.sms.en.txt: no sample, channel and locale that this is expected of",
            ]
        )
    }

    @Test("a type without samples is a warning")
    func noSamples() throws {
        var fixture = CatalogueFixture()
        fixture["samples/default.json"] = nil
        #expect(try fixture.load().check().map(\.severity) == [.warning])
    }
}
