import DomainEvents
import Testing

@testable import Pipeline

@Suite("Escaping: a value reads as it is in every place, and can be nothing but text there")
struct EscapingTests {
    private static let value = "O'Brien & Söhne <b>"

    @Test("a value with a quote, an ampersand and markup reads right in HTML text, subject and plain text")
    func textPlaces() throws {
        let fixture = CatalogueFixture(email: "Hello {{who}}", subject: "For {{who}}")
        let mail = try fixture.email(["who": .string(Self.value)])
        #expect(mail.html.body == "<p>Hello O&#39;Brien &amp; Söhne &lt;b&gt;</p>\n")
        #expect(mail.html.contains("<title>For O&#39;Brien &amp; Söhne &lt;b&gt;</title>"))
        #expect(mail.text == "Hello O'Brien & Söhne <b>\n")
        #expect(mail.subject == "For O'Brien & Söhne <b>")
    }

    @Test("a value in an attribute cannot leave it")
    func attribute() throws {
        let fixture = CatalogueFixture(email: "[x](https://a.example \"For {{who}}\")")
        let mail = try fixture.email(["who": .string("\" onclick=\"x")])
        #expect(mail.html.body == "<p><a href=\"https://a.example\" title=\"For &quot; onclick=&quot;x\">x</a></p>\n")
    }

    @Test("a value within a link is percent-encoded, in HTML and in text")
    func linkPart() throws {
        let fixture = CatalogueFixture(email: "[Track](https://a.example/t/{{who}}?a=1&b={{who}})")
        let mail = try fixture.email(["who": .string("O'Brien & Söhne/?#")])
        let encoded = "O%27Brien%20%26%20S%C3%B6hne%2F%3F%23"
        #expect(mail.html.body.contains("href=\"https://a.example/t/\(encoded)?a=1&amp;b=\(encoded)\""))
        #expect(mail.text == "Track: https://a.example/t/\(encoded)?a=1&b=\(encoded)\n")
    }

    @Test("a value that is a whole link keeps its meaning and cannot leave the attribute")
    func wholeLink() throws {
        let fixture = CatalogueFixture(email: "[Open]({{where}})")
        let mail = try fixture.email(["where": .string("https://a.example/?a=1&b='2'\"><b>")])
        #expect(mail.html.body.contains("href=\"https://a.example/?a=1&amp;b=&#39;2&#39;%22%3E%3Cb%3E\""))
        #expect(mail.text == "Open: https://a.example/?a=1&b='2'%22%3E%3Cb%3E\n")
    }

    @Test(
        "a value that begins a link and is no http, https or mailto address is a failure",
        arguments: [
            "javascript:alert(1)", "JavaScript:alert(1)", " https://a.example", "data:text/html,x", "//a.example",
            "https://", "",
        ]
    )
    func linkScheme(_ link: String) throws {
        let fixture = CatalogueFixture(email: "[Open]({{where}})")
        let failure = #expect(throws: RenderFailure.self) { try fixture.email(["where": .string(link)]) }
        #expect(failure?.code == .templateVariable)
    }

    @Test("Markdown and tags in a value are shown, never interpreted")
    func noDoubleRendering() throws {
        let fixture = CatalogueFixture(email: "{{who}}", subject: "{{who}}", sms: "{{who}}")
        let value = "**x** [y](https://z.example) {{orderId}} {{{a}}} <https://b.example>"
        let values: [String: JSONValue] = ["who": .string(value), "orderId": .string("SECRET")]
        let mail = try fixture.email(values)
        #expect(mail.text == value + "\n")
        #expect(mail.subject == value)
        #expect(try fixture.sms(values) == value)
        #expect(!mail.html.contains("SECRET"))
        #expect(mail.html.body.hasPrefix("<p>**x** [y](https://z.example) {{orderId}} {{{a}}} &lt;https"))
    }

    @Test("a line break in a value cannot break a subject, and controls and reversed writing are left out everywhere")
    func controls() throws {
        let fixture = CatalogueFixture(email: "{{who}}", subject: "For {{who}}", sms: "{{who}}")
        let value = JSONValue.string("a\r\nBcc: x\u{0}\u{1B}[31m\u{202E}b\u{85}")
        let mail = try fixture.email(["who": value])
        #expect(mail.subject == "For a Bcc: x[31mb")
        #expect(mail.text == "a\nBcc: x[31mb\n")
        #expect(try fixture.sms(["who": value]) == "a\nBcc: x[31mb")
    }

    @Test(
        "a line break of any system parts words",
        arguments: [
            ("a\rb", "a\nb"), ("a\r\nb", "a\nb"), ("a\r\rb", "a\n\nb"), ("a\n\rb", "a\n\nb"),
            ("a\r\u{0}\nb", "a\n\nb"),
        ]
    )
    func lineBreaks(value: String, text: String) throws {
        let fixture = CatalogueFixture(email: "{{who}}", subject: "For {{who}}", sms: "{{who}}")
        let mail = try fixture.email(["who": .string(value)])
        #expect(mail.subject == "For a b")
        #expect(mail.text == text + "\n")
        #expect(try fixture.sms(["who": .string(value)]) == text)
    }

    @Test("a private-use character in a value stays what it is")
    func privateUse() throws {
        let mail = try CatalogueFixture(email: "{{who}} {{orderId}}")
            .email(["who": .string("\u{E000}\u{E001}"), "orderId": .string("A")])
        #expect(mail.text == "\u{E000}\u{E001} A\n")
    }

    @Test("a name that could be a link is not shown, whatever field it comes in")
    func displayName() throws {
        let fixture = CatalogueFixture(email: "Hello {{#name}}{{name}}{{/name}}{{^name}}there{{/name}}")
        #expect(try fixture.email(recipient: Recipient(name: "Ann")).text == "Hello Ann\n")
        #expect(try fixture.email(recipient: Recipient(name: "www.evil.example")).text == "Hello there\n")
        #expect(try fixture.email(["name": .string("go to evil.example")]).text == "Hello there\n")
    }
}
