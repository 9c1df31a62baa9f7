import DomainEvents
import Testing

@testable import Pipeline

@Suite("notification.yaml")
struct DefinitionTests {
    private let valid = [
        "description: D", "category: service", "channels: [sms, email]", "deliver: all", "dedupe: [orderId]",
        "expires: 72h",
        "uncertain: {email: hold}", "enabled: false", "sensitive: [note]",
        "fields: {orderId: id, amount: money(currency), currency: currency, note: text?}",
    ]

    private func problems(replacing line: Int, with text: String) -> [String] {
        var lines = valid
        lines[line] = text
        var fixture = CatalogueFixture()
        fixture["notification.yaml"] = lines.joined(separator: "\n")
        return fixture.loadProblems()
    }

    @Test("every key is read")
    func allKeys() throws {
        var fixture = CatalogueFixture()
        fixture["notification.yaml"] = valid.joined(separator: "\n")
        let definition = try #require(try fixture.load().types["order.shipped"])
        #expect(
            definition
                == NotificationDefinition(
                    type: "order.shipped",
                    description: "D",
                    category: .service,
                    channels: [.sms, .email],
                    deliver: .all,
                    dedupe: ["orderId"],
                    expires: .seconds(72 * 3600),
                    uncertain: [.email: .hold, .sms: .hold],
                    enabled: false,
                    sensitive: ["note"],
                    schema: EventSchema(fields: [
                        FieldSpec(name: "orderId", type: .id),
                        FieldSpec(name: "amount", type: .money(currencyField: "currency")),
                        FieldSpec(name: "currency", type: .currency),
                        FieldSpec(name: "note", type: .text, isOptional: true),
                    ]),
                    samples: ["default": Array(#"{"orderId": "A-1"}"#.utf8)]
                )
        )
    }

    @Test("what is left out has its default")
    func defaults() throws {
        let definition = try #require(try CatalogueFixture().load().types["order.shipped"])
        #expect(definition.deliver == .preferred)
        #expect(definition.dedupe.isEmpty && definition.sensitive.isEmpty)
        #expect(definition.expires == nil)
        #expect(definition.uncertain == [.email: .resend, .sms: .hold])
        #expect(definition.enabled)
    }

    @Test(
        "each mistake is an error with file, line and the nearest name",
        arguments: [
            (0, "descripton: D", "1: unknown key descripton; did you mean description?"),
            (
                1, "category: transactionl",
                "2: category is transactional, service, marketing, not \"transactionl\"; did you mean transactional?"
            ),
            (1, "# none", "1: category is missing"),
            (2, "channels: [emial]", "3: channels is email, sms, not \"emial\"; did you mean email?"),
            (2, "channels: []", "3: channels needs at least one of email, sms"),
            (2, "channels: [sms, sms]", "3: the channel sms stands twice"),
            (2, "channels: sms", "3: channels is a list, as in channels: [one, two]"),
            (3, "deliver: first", "4: deliver is preferred, all, not \"first\""),
            (4, "dedupe: [orderID, note]", "5: dedupe: no field orderID; did you mean orderId?"),
            (4, "dedupe: [note]", "5: dedupe: note is optional, and every event needs it here"),
            (5, "expires: 3 days", "6: expires is a duration such as 30m or 72h, not \"3 days\""),
            (5, "expires: 0s", "6: expires is a duration such as 30m or 72h, not \"0s\""),
            (6, "uncertain: {mail: hold}", "7: uncertain: no channel mail; did you mean email?"),
            (6, "uncertain: {sms: retry}", "7: sms is resend, hold, not \"retry\""),
            (7, "enabled: yes", "8: enabled is true or false"),
            (8, "sensitive: [token]", "9: sensitive: no field token"),
            (
                9, "fields: {orderId: id, note: text?, amount: money(eur)}",
                "10: amount: money(eur) needs a field eur: currency"
            ),
            (9, "fields: {orderId: id, note: txt}", "10: note: \"txt\" is none of id, text"),
            (9, "fields: [orderId, note]", "10: fields holds keys and values"),
            (3, "enabled: true", "4: the key enabled stands twice"),
            (0, "description: [", "no YAML"),
        ]
    )
    func mistakes(line: Int, text: String, problem: String) {
        let problems = problems(replacing: line, with: text)
        #expect(
            problems.contains { $0.hasPrefix("order.shipped/notification.yaml:") && $0.contains(problem) },
            "\(problems)"
        )
    }

    @Test("all mistakes of all files are reported at once")
    func allAtOnce() {
        var fixture = CatalogueFixture(email: "{{{a}}}\n\n<b>", sms: "{{a")
        fixture["notification.yaml"] = "categry: service\nchannels: [fax]\nfields: {}\n"
        #expect(fixture.loadProblems().count == 6, "\(fixture.loadProblems())")
    }

    @Test(
        "front matter needs a subject of one line",
        arguments: [
            ("Hello", "email.en.md:1: begins with front matter"),
            ("---\nsubjct: x\n---\na", "email.en.md:2: unknown key subjct; did you mean subject?"),
            ("---\nsubject: [x]\n---\na", "email.en.md:2: subject is a text"),
            ("---\nsubject: |\n  a\n  b\n---\na", "email.en.md:2: subject is one line of text"),
            ("---\nsubject: \"{{a\"\n---\na", "email.en.md:2: {{ without }}"),
            ("---\nsubject: x\npreheader: \"{{&a}}\"\n---\na", "email.en.md:3: {{& }}"),
        ]
    )
    func frontMatter(text: String, problem: String) {
        var fixture = CatalogueFixture()
        fixture["email.en.md"] = text
        #expect(fixture.loadProblems().contains { $0.contains(problem) }, "\(fixture.loadProblems())")
    }

    @Test("durations have a whole number and a unit")
    func durations() {
        #expect(DurationText.parse("250ms") == .milliseconds(250))
        #expect(DurationText.parse("10s") == .seconds(10))
        #expect(DurationText.parse("5m") == .seconds(300))
        #expect(DurationText.parse("2h") == .seconds(7200))
        #expect(DurationText.parse("400d") == .seconds(400 * 86400))
        for text in ["", "10", "s", "-1s", "1.5h", "10 s", "10S", "9999999999999s"] {
            #expect(DurationText.parse(text) == nil)
        }
    }
}
