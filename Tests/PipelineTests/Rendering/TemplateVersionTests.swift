import DomainEvents
import Testing

@testable import Pipeline

@Suite("Template version and content hash")
struct TemplateVersionTests {
    private func version(_ fixture: CatalogueFixture, _ channel: Channel = .email) throws -> String {
        try fixture.render(channel, ["orderId": .string("A")]).templateVersion
    }

    @Test("12 hex digits, the same for the same sources, whatever the values")
    func stable() throws {
        let version = try version(CatalogueFixture())
        #expect(version == "c15e6925aac1")
        #expect(version.count == 12 && version.allSatisfy(\.isHexDigit))
        let other = try CatalogueFixture().render(.email, ["orderId": .string("B")])
        #expect(other.templateVersion == version)
    }

    @Test(
        "it changes with the body, a layout, a partial that is used, and the overriding HTML part, and with nothing else"
    )
    func sources() throws {
        var fixture = CatalogueFixture(email: "{{> p}}")
        fixture.files["_shared/partials/p.md"] = "1"
        fixture.files["_shared/partials/q.md"] = "1"
        var versions: Set<String> = [try version(fixture)]
        let sms = try version(fixture, .sms)
        fixture.files["_shared/partials/q.md"] = "2"
        fixture["samples/other.json"] = "{}"
        #expect(try versions.contains(version(fixture)))
        fixture.files["_shared/partials/p.md"] = "2"
        #expect(try versions.insert(version(fixture)).inserted)
        fixture.files["_shared/layout.txt.mustache"] = "{{content}}-"
        #expect(try versions.insert(version(fixture)).inserted)
        fixture.files["_shared/layout.html.mustache"] = "{{content}}-"
        #expect(try versions.insert(version(fixture)).inserted)
        fixture["email.en.html.mustache"] = "x"
        #expect(try versions.insert(version(fixture)).inserted)
        #expect(try version(fixture, .sms) == sms)
    }

    @Test("the content's hash is of what the recipient reads")
    func content() throws {
        let fixture = CatalogueFixture()
        let one = try fixture.render(.sms, ["orderId": .string("A")])
        #expect(one.contentSHA256.count == 32)
        #expect(try fixture.render(.sms, ["orderId": .string("A")]) == one)
        #expect(try fixture.render(.sms, ["orderId": .string("B")]).contentSHA256 != one.contentSHA256)
    }
}
