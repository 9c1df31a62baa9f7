import DomainEvents
import Testing

@testable import Pipeline

@Suite("Layouts, partials and the overriding HTML part")
struct LayoutTests {
    private func fixture(layout: String, email: String = "---\nsubject: \"S & {{v}}\"\n---\nBody {{v}}\n")
        -> CatalogueFixture
    {
        var fixture = CatalogueFixture()
        fixture.files["_shared/layout.html.mustache"] = layout
        fixture["email.en.md"] = email
        return fixture
    }

    @Test("subject and preheader are escaped for their place, the content is put in as it is")
    func insertions() throws {
        let layout =
            "<p title=\"{{subject}}\">{{#preheader}}[{{preheader}}]{{/preheader}}{{^preheader}}-{{/preheader}}</p>{{content}}"
        let email = "---\nsubject: \"S & {{v}}\"\npreheader: \"P <{{v}}\"\n---\nBody {{v}}\n"
        let with = try fixture(layout: layout, email: email).email(["v": .string("<'>")])
        #expect(with.html == "<p title=\"S &amp; &lt;&#39;&gt;\">[P &lt;&lt;&#39;&gt;]</p><p>Body &lt;&#39;&gt;</p>\n")
        let without = try fixture(layout: layout).email(["v": .string("1")])
        #expect(without.html == "<p title=\"S &amp; 1\">-</p><p>Body 1</p>\n")
    }

    @Test("a layout's own variables are escaped by their place")
    func places() throws {
        let layout = "<a href=\"{{link}}?v={{v}}\" title='{{v}}'>{{v}}</a><style>p{color:red}</style>{{content}}"
        let mail = try fixture(layout: layout).email(["v": .string("a'b&"), "link": .string("https://x.example/")])
        #expect(
            mail.html == "<a href=\"https://x.example/?v=a%27b%26\" title='a&#39;b&amp;'>a&#39;b&amp;</a>"
                + "<style>p{color:red}</style><p>Body a&#39;b&amp;</p>\n"
        )
    }

    @Test(
        "a place where no escape is safe is an error",
        arguments: [
            "<script>{{v}}</script>", "<style>{{v}}</style>", "<p style=\"{{v}}\">", "<p onclick='{{v}}'>",
            "<p class={{v}}>", "<{{v}}>",
            "<!-- {{v}} -->", "<img srcset=\"{{v}}\">", "<SCRIPT a=\"b\">x{{v}}</SCRIPT>", "<p title=\"{{content}}\">",
            "<p title=\"{{#v}}\">{{/v}}", "<a href=\"{{subject}}\">",
        ]
    )
    func refusedPlaces(html: String) {
        let problems = fixture(layout: "\n\(html){{content}}").loadProblems()
        #expect(problems.first?.hasPrefix("_shared/layout.html.mustache:2: ") == true, "\(problems)")
    }

    @Test("a layout without {{content}} is an error")
    func noContent() {
        #expect(fixture(layout: "<p>").loadProblems() == ["_shared/layout.html.mustache: a layout needs {{content}}"])
    }

    @Test("an overriding HTML part stands alone, and the text part still comes from the Markdown")
    func overriding() throws {
        var fixture = CatalogueFixture(email: "Text {{v}}")
        fixture["email.en.html.mustache"] = "<p>{{subject}}: {{v}}</p>"
        let mail = try fixture.email(["v": .string("&")])
        #expect(mail.html == "<p>Order: &amp;</p>")
        #expect(mail.text == "Text &\n")
    }

    @Test("a partial of the message's locale comes before the common one, in Markdown, SMS and layout")
    func partials() throws {
        var fixture = CatalogueFixture(email: "Hello\n\n{{> bye}}", sms: "Hello {{> bye}}")
        fixture.files["_shared/partials/bye.md"] = "Bye **{{v}}**\n\n- x\n"
        fixture.files["_shared/partials/bye.de.md"] = "Tschüss {{> who}}\n"
        fixture.files["_shared/partials/who.md"] = "{{v}}\n"
        fixture.files["_shared/partials/bye.txt"] = "bye {{v}}\n"
        fixture["email.de.md"] = fixture["email.en.md"]
        let english = try fixture.email(["v": .string("<")])
        #expect(english.text == "Hello\n\nBye <\n\n- x\n")
        #expect(
            try fixture.email(["v": .string("<")], recipient: Recipient(locale: "de")).text == "Hello\n\nTschüss <\n"
        )
        #expect(try fixture.sms(["v": .string("<")]) == "Hello bye <")
    }

    @Test("a partial that is missing, contains itself or has a mistake is an error with its own file and line")
    func wrongPartials() {
        var fixture = CatalogueFixture(email: "a\n\n{{> footr}}\n\n{{> loop}}\n\n{{> wrong}}\n\n{{#open}}")
        fixture.files["_shared/partials/footer.md"] = "x"
        fixture.files["_shared/partials/loop.md"] = "x\n\n{{> loop}}"
        fixture.files["_shared/partials/wrong.md"] = "x\n\n<b>\n\n{{{v}}}"
        let problems = fixture.loadProblems()
        #expect(
            problems.contains {
                $0.hasPrefix("order.shipped/email.en.md:6: no footr.en.md or footr.md")
                    && $0.hasSuffix("did you mean footer?")
            }
        )
        #expect(problems.contains("_shared/partials/loop.md:3: the partial loop contains itself"))
        #expect(problems.contains { $0.hasPrefix("_shared/partials/wrong.md:3: HTML in Markdown") }, "\(problems)")
        #expect(problems.contains { $0.hasPrefix("_shared/partials/wrong.md:5: {{{ }}}") })
        #expect(problems.contains { $0.hasPrefix("order.shipped/email.en.md:12: {{#open}} is not closed") })
    }
}
