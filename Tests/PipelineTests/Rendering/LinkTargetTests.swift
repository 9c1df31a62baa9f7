import DomainEvents
import Testing

@testable import Pipeline

@Suite("Links made of values, in Markdown and in an overriding HTML part")
struct LinkTargetTests {
    /// The link as it stands in the text part and in the HTML part that Markdown makes, and in a written HTML part.
    private func links(_ target: String, _ values: [String: String]) throws -> [String] {
        var fixture = CatalogueFixture(email: "[Go](\(target))")
        let payload = values.mapValues { JSONValue.string($0) }
        let mail = try fixture.email(payload)
        fixture["email.en.html.mustache"] = "<p><a href=\"\(target)\">Go</a></p>\n"
        let written = try fixture.email(payload).html
        return [String(mail.text.dropFirst("Go: ".count).dropLast())]
            + [mail.html.body, written].map { html in
                String(html.dropFirst("<p><a href=\"".count).dropLast("\">Go</a></p>\n".count))
            }
    }

    @Test(
        "a link that falls back to another value or to a written one is whole, whichever half comes first",
        arguments: [
            "{{#url}}{{url}}{{/url}}{{^url}}{{shop}}{{/url}}", "{{^url}}{{shop}}{{/url}}{{#url}}{{url}}{{/url}}",
            "{{#url}}{{url}}{{/url}}{{^url}}https://shop.example/a{{/url}}",
            "{{^url}}https://shop.example/a{{/url}}{{#url}}{{url}}{{/url}}",
        ]
    )
    func fallback(target: String) throws {
        let shop = ["shop": "https://shop.example/a"]
        for link in try links(target, shop) { #expect(link == "https://shop.example/a") }
        let values = ["shop": "https://shop.example/a", "url": "https://x.example/b"]
        for link in try links(target, values) { #expect(link == "https://x.example/b") }
    }

    @Test(
        "what stands behind both halves, or between them, is a part; where neither wrote anything, it is whole",
        arguments: [
            ("{{#url}}{{url}}{{/url}}{{^url}}{{shop}}{{/url}}{{v}}", "https://x.example/ba%2Fb"),
            ("{{#url}}{{url}}{{/url}}{{^url}}{{shop}}{{/url}}{{#url}}{{v}}{{/url}}", "https://x.example/ba%2Fb"),
            ("{{#url}}{{url}}{{/url}}/{{^no}}{{v}}{{/no}}", "https://x.example/b/a%2Fb"),
            ("{{#url}}{{url}}{{/url}}{{^no}}{{v}}{{/no}}", "https://x.example/ba%2Fb"),
            ("{{#no}}{{v}}{{/no}}{{^no}}{{/no}}{{#url}}{{v}}{{/url}}", "a%2Fb"),
            ("{{#no}}{{/no}}{{^no}}{{/no}}{{url}}", "https://x.example/b"),
        ]
    )
    func behind(target: String, expected: String) throws {
        let values = ["shop": "https://shop.example/a", "url": "https://x.example/b", "v": "a/b"]
        for link in try links(target, values) { #expect(link == expected) }
    }

    @Test("a value of a half that begins a link must be an address")
    func scheme() {
        #expect(throws: RenderFailure.self) {
            try links("{{#url}}{{url}}{{/url}}{{^url}}{{shop}}{{/url}}", ["shop": "javascript:alert(1)"])
        }
    }

    @Test(
        "an address behind mailto: and a number behind tel: stay as they are, and can add nothing to the link",
        arguments: [
            ("mailto:{{v}}", "jane+x@example.com", "mailto:jane+x@example.com"),
            ("MAILTO:{{v}}", "jane@example.com", "MAILTO:jane@example.com"),
            ("tel:{{v}}", "+4915112345678", "tel:+4915112345678"),
            ("{{#v}}mailto:{{v}}{{/v}}{{^v}}https://a.example{{/v}}", "a@b.example", "mailto:a@b.example"),
            (
                "mailto:{{v}}", "a@b.example?bcc=x@y.example&body=\"'<\r\n",
                "mailto:a@b.example%3Fbcc%3Dx@y.example%26body%3D%22%27%3C%0D%0A"
            ),
            ("mailto:help@x.example?subject={{v}}", "a+b@c", "mailto:help@x.example?subject=a%2Bb%40c"),
            ("https://a.example/mailto:{{v}}", "+a@b", "https://a.example/mailto:%2Ba%40b"),
            ("mailto:{{v}}{{v}}", "a@b", "mailto:a@ba%40b"),
        ]
    )
    func addresses(target: String, value: String, expected: String) throws {
        for link in try links(target, ["v": value]) { #expect(link == expected) }
    }
}
