import DomainEvents
import Foundation
import Testing

@testable import Pipeline

@Suite("Loading a catalogue")
struct CatalogueLoadTests {
    @Test(
        "the built-in catalogue has the four types, each in English and German by email and SMS, and check finds nothing"
    )
    func builtIn() throws {
        let catalogue = try Catalogue.load(path: nil, options: CatalogueOptions())
        #expect(
            catalogue.types.keys.sorted() == [
                "payment.completed", "payment.failed", "user.password-reset", "user.signup",
            ]
        )
        for templates in catalogue.templates.values {
            #expect(templates.locales(.email) == ["de", "en"])
            #expect(templates.locales(.sms) == ["de", "en"])
        }
        #expect(catalogue.check().map(\.description) == [])
    }

    @Test("catalogue.path overrides file by file and adds types")
    func overlay() throws {
        let folder = try ScratchCatalogue()
        try folder.write("payment.completed/sms.en.txt", "Mine: {{amount}}")
        for (path, text) in CatalogueFixture().files where path.hasPrefix("order.shipped/") {
            try folder.write(path, text)
        }
        let catalogue = try Catalogue.load(path: folder.path, options: CatalogueOptions())
        #expect(catalogue.types.count == 5)
        let event = try #require(try catalogue.sampleEvent(type: "payment.completed", sample: "default"))
        let english = try catalogue.render(type: event.type, channel: .sms, event: event, recipient: Recipient())
        #expect(english.content == .sms(text: "Mine: €49.90", segments: 1))
        let german = try catalogue.render(
            type: event.type,
            channel: .sms,
            event: event,
            recipient: Recipient(locale: "de")
        )
        #expect(german.content != english.content)
    }

    @Test("files of the outside are named by their path")
    func names() throws {
        let folder = try ScratchCatalogue()
        try folder.write("payment.completed/sms.en.txt", "a\n{{{x}}}")
        #expect(folder.problems().first?.hasPrefix("ROOT/payment.completed/sms.en.txt:2: ") == true)
    }

    @Test("a symbolic link may stay within the folder and must not lead out")
    func links() throws {
        let folder = try ScratchCatalogue()
        let outside = try ScratchCatalogue()
        try outside.write("secret.txt", "secret")
        try folder.write("..data/sms.en.txt", "Linked")
        try folder.write("payment.completed/x", "")
        try FileManager.default.removeItem(atPath: "\(folder.path)/payment.completed/x")
        let link = "\(folder.path)/payment.completed/sms.en.txt"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "../..data/sms.en.txt")
        #expect(folder.problems() == [])
        try FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "\(outside.path)/secret.txt")
        #expect(
            folder.problems() == ["ROOT/payment.completed/sms.en.txt: a symbolic link that leads out of the catalogue"]
        )
    }

    @Test("special, too large, deep and binary files are errors")
    func files() throws {
        let folder = try ScratchCatalogue()
        try folder.write("payment.completed/sms.en.txt", Array(repeating: 0x61, count: (256 << 10) + 1))
        try folder.write("payment.completed/sms.de.txt", [0x61, 0xFF])
        try folder.write("payment.completed/samples/a/b.json", "{}")
        #expect(mkfifo("\(folder.path)/payment.completed/email.en.md", 0o600) == 0)
        #expect(
            folder.problems() == [
                "ROOT/payment.completed/email.en.md: neither a file nor a folder",
                "ROOT/payment.completed/samples/a: a folder too deep: a catalogue is type/samples/file at most",
                "ROOT/payment.completed/sms.de.txt: not UTF-8",
                "ROOT/payment.completed/sms.en.txt: over 256 KiB",
            ]
        )
    }

    @Test("a folder that is not there is an error")
    func noFolder() {
        let error = #expect(throws: CatalogueError.self) {
            try Catalogue.load(path: "/no/such/folder", options: CatalogueOptions())
        }
        #expect(error?.problems.map(\.description) == ["/no/such/folder: no such folder (catalogue.path)"])
    }

    @Test(
        "a file whose name means nothing is an error, so that a typing error is not ignored",
        arguments: [
            ("order.shipped/emial.en.md", "not understood in a notification's folder"),
            ("order.shipped/email.EN.md", "EN is no locale such as en or de-AT; did you mean en?"),
            ("order.shipped/email.de_AT.md", "de_AT is no locale such as en or de-AT; did you mean de-AT?"),
            ("order.shipped/sample/a.json", "not understood; did you mean samples?"),
            ("order.shipped/samples/a.txt", "a sample is called NAME.json"),
            ("order.shipped/email.fr.html.mustache", "overrides an HTML part, and there is no email.fr.md beside it"),
            ("_shared/layuot.html.mustache", "not understood in _shared; did you mean layout.html.mustache?"),
            ("stray.txt", "a file beside the folders"),
            ("user.updated/notification.yaml", "user.updated only feeds the contacts"),
            ("a..b/notification.yaml", "a..b is no event type"),
            ("other.type/sms.en.txt", "no notification.yaml"),
        ]
    )
    func fileNames(path: String, problem: String) {
        var fixture = CatalogueFixture()
        fixture.files[path] = "x"
        #expect(fixture.loadProblems().contains { $0.contains(problem) }, "\(fixture.loadProblems())")
    }

    @Test("a tag that quotes half a file: its problem is still one line, and bounded")
    func problemsAreLines() {
        let fixture = CatalogueFixture(email: "Hello {{a\nb\u{1B}[31m" + String(repeating: "x", count: 5_000) + "}}")
        let error = #expect(throws: CatalogueError.self) { try fixture.load() }
        for problem in error?.problems ?? [] {
            #expect(!problem.message.unicodeScalars.contains { $0.value < 0x20 })
            #expect(problem.message.unicodeScalars.count <= 1_010)
        }
        #expect(error?.problems.isEmpty == false)
    }

    @Test("a channel without a template is an error, one without catalogue.locale's a warning")
    func channels() throws {
        var fixture = CatalogueFixture()
        fixture["sms.en.txt"] = nil
        #expect(fixture.loadProblems() == ["order.shipped/notification.yaml: the channel sms has no sms.en.txt"])
        fixture["sms.de.txt"] = "x"
        let warnings = try fixture.load().warnings
        #expect(warnings.map(\.severity) == [.warning])
        #expect(try fixture.sms() == "x")
    }
}
