import DomainEvents
import Testing

@testable import Pipeline

@Suite("Markdown becomes HTML and text")
struct MarkdownTests {
    @Test(
        "every construct, in both parts",
        arguments: [
            ("# Head *x*", "<h1>Head <em>x</em></h1>\n", "Head x\n"),
            ("a **b** `c<d`", "<p>a <strong>b</strong> <code>c&lt;d</code></p>\n", "a b c<d\n"),
            ("a\\\nb\nc", "<p>a<br>\nb\nc</p>\n", "a\nb\nc\n"),
            ("> a\n>\n> b", "<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>\n", "> a\n> \n> b\n"),
            ("3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n", "3. a\n4. b\n"),
            (
                "- a\n  - b\n- c", "<ul>\n<li>\na\n<ul>\n<li>b</li>\n</ul>\n</li>\n<li>c</li>\n</ul>\n",
                "- a\n  - b\n- c\n"
            ),
            ("    x < y", "<pre><code>x &lt; y\n</code></pre>\n", "    x < y\n"),
            ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>\n", "a\n\n--------------------\n\nb\n"),
            (
                "<https://a.example/?a&b>",
                "<p><a href=\"https://a.example/?a&amp;b\">https://a.example/?a&amp;b</a></p>\n",
                "https://a.example/?a&b\n"
            ),
            (
                "[a@b.example](mailto:a@b.example)", "<p><a href=\"mailto:a@b.example\">a@b.example</a></p>\n",
                "a@b.example\n"
            ),
            (
                "[Pay](https://a.example) now", "<p><a href=\"https://a.example\">Pay</a> now</p>\n",
                "Pay: https://a.example now\n"
            ),
            ("a &amp; \\*b\\* &lt;", "<p>a &amp; *b* &lt;</p>\n", "a & *b* <\n"),
        ]
    )
    func constructs(markdown: String, html: String, text: String) throws {
        let mail = try CatalogueFixture(email: markdown).email()
        #expect(mail.html.body == html)
        #expect(mail.text == text)
    }

    @Test("a link's target may come from a definition")
    func definition() throws {
        let mail = try CatalogueFixture(email: "[Open][1]\n\n[1]: {{where}}").email([
            "where": .string("https://a.example")
        ])
        #expect(mail.text == "Open: https://a.example\n")
    }

    @Test(
        "what has no place in a message is an error with its line",
        arguments: [
            ("a\n\n<b>x</b>", "email.en.md:6: HTML in Markdown"),
            ("<div>\nx\n</div>", "email.en.md:4: HTML in Markdown"),
            ("![x](https://a.example/x.png)", "email.en.md:4: an image"),
            ("[x](javascript:alert)", "email.en.md:4: a link in a message begins with"),
            ("[x](/relative)", "email.en.md:4: a link in a message begins with"),
            ("a\n\n[1]: https://a.example/{{v}}", "email.en.md:6: {{v}} is nowhere in the message"),
            ("a \u{E001}", "email.en.md:4: a private-use character"),
        ]
    )
    func refused(markdown: String, problem: String) {
        let problems = CatalogueFixture(email: markdown).loadProblems()
        #expect(problems.contains { $0.contains(problem) }, "\(problems)")
    }

    @Test(
        "tags that would escape nothing or change the language are errors",
        arguments: [
            "{{{v}}}", "{{&v}}", "{{=<% %>=}}", "{{<v}}", "{{$v}}", "{{% v}}", "{{a b}}", "{{upper(v)}}", "{{}}", "{{v",
            "{{>}}",
            "{{> a/b}}", "{{a..b}}", "{{v*h}}",
        ]
    )
    func tags(tag: String) {
        for fixture in [CatalogueFixture(email: "a\n\nb \(tag)"), CatalogueFixture(sms: "a\n\nb \(tag)")] {
            let problems = fixture.loadProblems()
            #expect(problems.count == 1)
            #expect(
                problems.first?.contains(
                    fixture["sms.en.txt"]?.contains(tag) == true ? "sms.en.txt:3: " : "email.en.md:6: "
                ) == true
            )
        }
    }

    @Test("braces and whitespace beside tags come out as they are written")
    func literals() throws {
        let fixture = CatalogueFixture(
            sms: "{ {{orderId}} } }} \n{{orderId}}\n  {{#orderId}}x{{/orderId}}\n{{! gone }}\n{a"
        )
        #expect(try fixture.sms(["orderId": .string("A")]) == "{ A } }} \nA\n  x\n{a")
    }
}
