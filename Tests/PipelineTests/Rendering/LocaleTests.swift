import DomainEvents
import Testing

@testable import Pipeline

@Suite("One locale for the whole message")
struct LocaleTests {
    private var fixture: CatalogueFixture {
        var fixture = CatalogueFixture()
        for locale in ["en", "de", "de-AT"] {
            fixture["email.\(locale).md"] = "---\nsubject: \"S \(locale)\"\n---\nB \(locale)\n"
        }
        fixture["sms.de.txt"] = "de"
        return fixture
    }

    @Test(
        "the recipient's, then shorter forms of it, then catalogue.locale",
        arguments: [
            ("de-AT", "de-AT"), ("de_AT", "de-AT"), ("DE-at", "de-AT"), ("de-CH", "de"), ("de-Latn-CH", "de"),
            ("de", "de"),
            ("en-GB", "en"), ("fr", "en"), ("nonsense!", "en"), ("", "en"),
        ]
    )
    func fallback(recipient: String, expected: String) throws {
        let rendered = try fixture.render(.email, recipient: Recipient(locale: recipient))
        #expect(rendered.locale == expected)
        guard case .email(let subject, let html, let text) = rendered.content else { return }
        #expect(subject == "S \(expected)")
        #expect(text == "B \(expected)\n")
        #expect(html.contains("<html lang=\"\(expected)\">"))
        #expect(html.body == "<p>B \(expected)</p>\n")
    }

    @Test("each channel by its own templates, and catalogue.locale by its shorter forms too")
    func channels() throws {
        #expect(try fixture.render(.sms, recipient: Recipient(locale: "de-AT")).locale == "de")
        var german = fixture
        german.options.locale = "de-CH"
        #expect(try german.render(.email, recipient: Recipient(locale: "fr")).locale == "de")
        #expect(try german.render(.email).locale == "de")
    }
}
