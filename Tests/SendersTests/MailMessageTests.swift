import DomainEvents
import FoundationEssentials
import Testing

@testable import Senders

@Suite("Mail message")
struct MailMessageTests {
    static let fields = [
        "Date", "From", "Reply-To", "To", "Subject", "Message-ID", "MIME-Version", "Auto-Submitted",
        "X-Auto-Response-Suppress", "Notifyd-Event-ID", "Content-Type",
    ]

    private func message(
        from: String = "Example Shop <orders@ourco.example>",
        to: String = "jane@example.com",
        subject: String = "Your payment",
        text: String = "Hello\n",
        html: String = "<p>Hello</p>\n",
        stableID: String = "0123abcd",
        eventID: String = "evt-1"
    ) throws -> MailMessage {
        MailMessage(
            from: try Mailbox(parsing: from),
            replyTo: try Mailbox(parsing: "help@ourco.example"),
            to: try #require(EmailAddress(to)),
            subject: subject,
            text: text,
            html: html,
            stableID: stableID,
            eventID: eventID,
            date: Date(timeIntervalSince1970: 1_751_367_157)
        )
    }

    private func parsed(_ message: MailMessage) throws -> ParsedMail {
        try #require(ParsedMail(message.encoded()))
    }

    /// What holds for every message whatsoever.
    private func expectWellFormed(_ message: MailMessage) throws {
        let bytes = message.encoded()
        let mail = try #require(ParsedMail(bytes))
        #expect(mail.names == Self.fields)
        #expect(mail.parts.count == 2)
        #expect(mail.lines.allSatisfy { $0.count <= 998 })
        #expect(!mail.lines.joined().contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 })
        #expect(bytes.suffix(2) == [0x0D, 0x0A])
        if !message.needsUTF8 { #expect(bytes.allSatisfy { $0 < 0x80 }) }
    }

    @Test("every field of the contract is there, in order and with its value")
    func allFields() throws {
        let mail = try parsed(message())
        #expect(mail.names == Self.fields)
        #expect(mail["Date"] == "Tue, 01 Jul 2025 10:52:37 +0000")
        #expect(mail["From"] == "Example Shop <orders@ourco.example>")
        #expect(mail["Reply-To"] == "help@ourco.example")
        #expect(mail["To"] == "jane@example.com")
        #expect(mail["Subject"] == "Your payment")
        #expect(mail["Message-ID"] == "<0123abcd@ourco.example>")
        #expect(mail["MIME-Version"] == "1.0")
        #expect(mail["Auto-Submitted"] == "auto-generated")
        #expect(mail["X-Auto-Response-Suppress"] == "All")
        #expect(mail["Notifyd-Event-ID"] == "evt-1")
        #expect(mail["Content-Type"]?.hasPrefix("multipart/alternative; boundary=") == true)
    }

    @Test("text first, then HTML, both UTF-8, both as they were")
    func parts() throws {
        let text = "Grüße,\n\n.\n..two dots\nFrom here = there \n\ttab\t\n"
        let html = "<p>Grüße – \u{1F600}</p>\n"
        let mail = try parsed(message(text: text, html: html))
        #expect(mail.parts.map { $0.header.contains("text/plain; charset=utf-8") } == [true, false])
        #expect(mail.parts.map { $0.header.contains("text/html; charset=utf-8") } == [false, true])
        #expect(mail.parts.map { String(decoding: $0.body, as: UTF8.self) } == [text, html])
    }

    @Test("the same message has the same bytes each time")
    func deterministic() throws {
        #expect(try message().encoded() == message().encoded())
    }

    @Test("quoted-printable for mostly ASCII, base64 where that is denser, the text the same after both")
    func encodings() throws {
        let german = String(repeating: "Wir haben Ihre Zahlung über 12 Euro erhalten. ", count: 40)
        let japanese = String(repeating: "お支払いを受け取りました。", count: 40)
        let mail = try parsed(message(text: german, html: japanese))
        #expect(mail.parts[0].header.contains("quoted-printable"))
        #expect(mail.parts[1].header.contains("base64"))
        #expect(mail.parts.map { String(decoding: $0.body, as: UTF8.self) } == [german + "\n", japanese + "\n"])
    }

    @Test("lines of any length are broken at 76, and come out whole")
    func longLines() throws {
        for length in [74, 75, 76, 77, 150, 151, 152, 998, 999, 5000] {
            let text = String(repeating: "x", count: length)
            let message = try message(text: text + "\n", html: String(repeating: "ü=", count: length))
            try expectWellFormed(message)
            let mail = try parsed(message)
            #expect(mail.parts.first?.body == Array((text + "\n").utf8))
            #expect(mail.lines.allSatisfy { $0.count <= 76 })
        }
    }

    @Test("line breaks of every kind become CR LF, other controls go")
    func controls() throws {
        let message = try message(text: "a\rb\r\nc\nd\u{0}e\u{B}f\u{1B}[0m\u{7F}\n\r")
        try expectWellFormed(message)
        #expect(try parsed(message).parts.first?.body == Array("a\nb\nc\ndef[0m\u{7F}\n\n".utf8).filter { $0 != 0x7F })
    }

    static let injections = [
        "x\r\nBcc: victim@example.com", "x\nBcc: victim@example.com", "x\rBcc: victim@example.com",
        "\r\n\r\n<script>", "x\r\n.\r\nMAIL FROM:<a@b>", "x\u{0}y", "\r\n", " \r\n ", "x\u{2028}Bcc: y",
        "x\u{85}Bcc: y",
        "--=_notifyd_0123abcd", "\r\n--=_notifyd_0123abcd--\r\n", "=?UTF-8?B?DQpCY2M6IHg=?=", "ü\r\nBcc: x@y.example",
    ]

    @Test("CR LF and worse in any field adds no field, no part and no line", arguments: injections)
    func injection(_ text: String) throws {
        let variants = [
            try message(subject: text), try message(text: text), try message(html: text),
            try message(stableID: text), try message(eventID: text),
        ]
        for variant in variants {
            try expectWellFormed(variant)
            let mail = try parsed(variant)
            #expect(!mail.names.contains("Bcc"))
            #expect(mail["To"] == "jane@example.com")
        }
        #expect(EmailAddress("jane@example.com\(text)") == nil)
        #expect(throws: Mailbox.Invalid.self) { try Mailbox(parsing: "a@b.example\(text)c") }
    }

    @Test("a body that quotes the boundary does not end its part")
    func boundaryInBody() throws {
        let text = "--=_notifyd_0123abcd\n--=_notifyd_0123abcd--\n"
        let mail = try parsed(message(text: text, html: text))
        #expect(mail.parts.map { String(decoding: $0.body, as: UTF8.self) } == [text, text])
    }

    @Test("a comma in an address makes no second recipient")
    func commas() throws {
        #expect(EmailAddress("jane@example.com,eve@example.com") == nil)
        #expect(throws: Mailbox.Invalid.self) { try Mailbox(parsing: "jane@example.com, eve@example.com") }
        let mail = try parsed(message(from: "\"Shop, Ltd.\" <orders@ourco.example>"))
        #expect(mail["From"] == "\"Shop, Ltd.\" <orders@ourco.example>")
    }

    @Test("non-ASCII subjects come out as they were, in encoded words of at most 75 that split no character")
    func encodedSubject() throws {
        let subjects = [
            "Zahlung über 12,00 €", String(repeating: "日本語", count: 60), String(repeating: "\u{1F600}", count: 77),
            "a" + String(repeating: "é", count: 200), String(repeating: "x", count: 300), "=?UTF-8?Q?fake?=",
        ]
        for subject in subjects {
            let message = try message(subject: subject)
            try expectWellFormed(message)
            let value = try #require(try parsed(message)["Subject"])
            for word in value.split(separator: " ") {
                #expect(word.utf8.count <= 75)
                let bytes = ParsedMail.base64([Array(word.dropFirst(10).dropLast(2).utf8)])
                #expect(String(validating: bytes, as: UTF8.self) != nil)
            }
            #expect(ParsedMail.decoded(value) == subject)
            #expect(try parsed(message).lines.allSatisfy { $0.count <= 76 })
        }
    }

    @Test("long ASCII subjects are folded between words and unfold to what they were")
    func foldedSubject() throws {
        let subject = String(repeating: "several words  and more ", count: 30) + "end"
        let mail = try parsed(message(subject: subject))
        #expect(mail["Subject"] == subject)
        #expect(mail.lines.allSatisfy { $0.count <= 76 })
        #expect(try parsed(message(subject: "  \t ")).names == Self.fields)
    }

    @Test("blanks in a row that would fill a line: encoded, no line too long, and the subject as it was")
    func longGaps() throws {
        for count in [70, 76, 997, 998, 3_000] {
            let subject = "Your" + String(repeating: " ", count: count) + "payment"
            let message = try message(subject: subject)
            try expectWellFormed(message)
            let mail = try parsed(message)
            #expect(mail.lines.allSatisfy { $0.count <= 78 })
            #expect(ParsedMail.decoded(try #require(mail["Subject"])) == subject, "\(count) blanks")
        }
    }

    @Test("a display name beyond ASCII is encoded, one with specials quoted, a long one folded")
    func displayNames() throws {
        let umlaut = try #require(try parsed(message(from: "Café Müller <a@b.example>"))["From"])
        #expect(umlaut.hasSuffix(" <a@b.example>"))
        #expect(ParsedMail.decoded(String(umlaut.dropLast(" <a@b.example>".count))) == "Café Müller")
        #expect(try parsed(message(from: "\"A \\\"B\\\"\" <a@b.example>"))["From"] == "\"A \\\"B\\\"\" <a@b.example>")
        let long = String(repeating: "Ü", count: 100)
        try expectWellFormed(message(from: "\(long) <a@b.example>"))
        #expect(try parsed(message(from: "a@b.example"))["From"] == "a@b.example")
    }

    @Test("an event id of any bytes stays one bounded field")
    func eventID() throws {
        let long = String(repeating: "ü", count: 5000)
        let message = try message(eventID: long)
        try expectWellFormed(message)
        let value = try #require(try parsed(message)["Notifyd-Event-ID"])
        #expect(ParsedMail.decoded(value) == String(repeating: "ü", count: 127))
    }

    @Test("an event id of visible ASCII stands on one line as it is, up to 255 bytes", arguments: [1, 75, 76, 77, 255])
    func plainEventID(length: Int) throws {
        let id = String(String(repeating: "orders/evt#", count: 24).prefix(length))
        let message = try message(eventID: id)
        try expectWellFormed(message)
        #expect(try parsed(message).lines.contains(Array("Notifyd-Event-ID: \(id)".utf8)))
    }

    @Test("of an event id of visible ASCII the first 255 bytes are shown")
    func longEventID() throws {
        let message = try message(eventID: String(repeating: "x", count: 5_000))
        try expectWellFormed(message)
        #expect(try parsed(message)["Notifyd-Event-ID"] == String(repeating: "x", count: 255))
    }

    @Test("a long event id with a blank, or one that reads as an encoded word, is encoded")
    func encodedEventID() throws {
        for id in [String(repeating: "x", count: 80) + " y", "=?UTF-8?Q?fake?=" + String(repeating: "x", count: 80)] {
            let message = try message(eventID: id)
            try expectWellFormed(message)
            let value = try #require(try parsed(message)["Notifyd-Event-ID"])
            #expect(value.hasPrefix("=?UTF-8?B?"))
            #expect(ParsedMail.decoded(value) == id)
        }
    }

    @Test("an internationalised address is written as it is, and says that it needs SMTPUTF8")
    func internationalised() throws {
        let message = try message(to: "jörg@bücher.example")
        #expect(message.needsUTF8)
        #expect(try parsed(message)["To"] == "jörg@bücher.example")
        #expect(try !self.message().needsUTF8)
    }

    @Test("any bytes whatever: still eleven fields, two parts, and the text that was given")
    func randomTexts() throws {
        var random = SplitMix(state: 42)
        let alphabet: [Unicode.Scalar] = [
            "a", "=", ".", " ", "\t", "\r", "\n", "-", "ü", "日", "\u{1F600}", "\u{0}", "_", "?",
        ]
        for _ in 0..<300 {
            let count = Int(random.next() % 400)
            var scalars = String.UnicodeScalarView()
            for _ in 0..<count { scalars.append(alphabet[Int(random.next() % UInt64(alphabet.count))]) }
            let text = String(scalars)
            let message = try message(subject: text, text: text, html: text, eventID: text)
            try expectWellFormed(message)
            let canonical = MailBodyModel.canonical(text)
            #expect(try parsed(message).parts.map(\.body) == [canonical, canonical])
        }
    }
}

/// Line breaks as `MailBody` reads them, said in another way.
enum MailBodyModel {
    static func canonical(_ text: String) -> [UInt8] {
        var lines: [UInt8] = []
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            if byte == 0 { continue }
            if byte == 0x0A, index > 0, bytes[index - 1] == 0x0D { continue }
            lines.append(byte == 0x0D ? 0x0A : byte)
        }
        if lines.last != 0x0A { lines.append(0x0A) }
        return lines
    }
}
