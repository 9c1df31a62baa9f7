import DomainEvents
import FoundationEssentials
import Testing

@testable import NotifyDaemon

@Suite("Commands: contact files")
struct ContactFileTests {
    private let now = Date(timeIntervalSince1970: 1_768_469_400)

    private func parse(_ text: String) -> ContactFile {
        ContactFile.parse(Array(text.utf8), now: now)
    }

    @Test("CSV with quotes, CR LF, blank lines and a byte order mark is read; empty cells leave fields alone")
    func csv() {
        let file = parse(
            "\u{FEFF}userId,email,name,optOut\r\n"
                + "1,a@example.com,\"Müller, \"\"Jo\"\"\",marketing;service\r\n\r\n"
                + "2,,\"two\nlines\",\r\n"
        )
        #expect(file.problems.isEmpty)
        #expect(
            file.changes == [
                ContactChange(
                    recipientID: "1",
                    occurredAt: now,
                    fields: ContactFields(
                        email: .value("a@example.com"),
                        name: .value("Müller, \"Jo\""),
                        optOut: .value(["marketing", "service"])
                    ),
                    isDeletion: false
                ),
                ContactChange(
                    recipientID: "2",
                    occurredAt: now,
                    fields: ContactFields(name: .value("two\nlines")),
                    isDeletion: false
                ),
            ]
        )
    }

    @Test("NDJSON is read; ids may be numbers, and null removes a field")
    func ndjson() {
        let file = parse(
            """
            {"userId": 42, "email": "a@example.com", "phone": null, "optOut": ["marketing"]}

            {"userId": "x", "locale": "de-AT", "preferredChannel": "sms", "timezone": "Europe/Vienna"}
            """
        )
        #expect(file.problems.isEmpty)
        #expect(file.changes.map(\.recipientID) == ["42", "x"])
        #expect(file.changes.first?.fields.phone == .removed)
        #expect(file.changes.first?.fields.optOut == .value(["marketing"]))
        #expect(file.changes.last?.fields.preferredChannel == .value("sms"))
    }

    @Test("NDJSON with CR LF is read line by line, and its problems have their numbers")
    func ndjsonOfOtherSystems() {
        let file = parse("{\"userId\": \"1\"}\r\n\r\n{\"userId\": 2}\r\n{}\r\n")
        #expect(file.changes.map(\.recipientID) == ["1", "2"])
        #expect(file.problems.map(\.description) == ["4: userId is missing"])
    }

    @Test("The names of the table's columns, which contact show prints, are understood in both forms")
    func columnNames() {
        let header = parse("recipient_id,email,preferred_channel,opt_out\n1,a@example.com,sms,marketing\n")
        let line = parse(
            #"{"user_id": "1", "email": "a@example.com", "preferred_channel": "sms", "opt_out": ["marketing"]}"#
        )
        let usual = parse("userId,email,preferredChannel,optOut\n1,a@example.com,sms,marketing\n")
        #expect(usual.problems.isEmpty)
        #expect(header == usual)
        #expect(line == usual)
    }

    @Test("One field under two names is a problem")
    func twoNames() {
        #expect(
            parse("userId,recipient_id\n1,1\n").problems.map(\.description)
                == ["1: the columns userId and recipient_id are the same"]
        )
        #expect(
            parse(#"{"userId": "1", "optOut": ["marketing"], "opt_out": ["service"]}"#).problems.map(\.description)
                == ["1: the members optOut and opt_out are the same"]
        )
    }

    @Test("Every wrong line is reported with its number, also behind fields with line breaks")
    func lineNumbers() {
        let file = parse("userId,email\n1,nobody\n\"2\n2\",a@example.com\n3\n,b@example.com\n")
        #expect(file.problems.map(\.line) == [2, 5, 6])
        #expect(file.problems.map(\.message).last == "userId is missing")
        #expect(file.problems[1].message == "it has 1 fields, the header has 2")
    }

    @Test(
        "Values that a contact cannot have are refused",
        arguments: [
            #"{"email": "a@example.com"}"#, #"{"userId": null}"#, #"{"userId": "1", "email": "a,b@example.com"}"#,
            #"{"userId": "1", "phone": "0171"}"#, #"{"userId": "1", "locale": "german"}"#,
            #"{"userId": "1", "preferredChannel": "fax"}"#, #"{"userId": "1", "timezone": "Mars/Olympus"}"#,
            #"{"userId": "1", "optOut": ["transactional"]}"#, #"{"userId": "1", "optOut": "marketing"}"#,
            #"{"userId": 1.5}"#, #"{"userId": 123456789012345678901234567890123456789012345}"#,
            #"{"userId": "1", "mail": "a@example.com"}"#, #"{"userId": "1", "name": 5}"#, #"{"userId": "1""#,
        ]
    )
    func refused(line: String) {
        let file = parse(line)
        #expect(file.problems.map(\.line) == [1])
        #expect(file.changes.isEmpty)
    }

    @Test("A header without userId, with an unknown or a repeated column ends the reading at line 1")
    func headers() {
        #expect(parse("email\na@example.com\n").problems.map(\.description) == ["1: the column userId is missing"])
        #expect(
            parse("userId,emial\n").problems.map(\.description)
                == ["1: emial is no known column; the nearest is email"]
        )
        #expect(parse("userId,userId\n1,2\n").problems.map(\.description) == ["1: the column userId is there twice"])
    }

    @Test("A quoted field without its end, or with something behind it, is a problem of its line")
    func quotes() {
        #expect(parse("userId,name\n1,\"open\n").problems.map(\.description) == ["2: a quoted field has no end"])
        #expect(parse("userId,name\n1,\"a\"b\n").problems.count == 1)
    }

    @Test("A file without contacts and one that is not UTF-8 are problems")
    func empty() {
        #expect(parse("").problems.map(\.message) == ["the file has no contacts"])
        #expect(parse("userId,email\n").problems.map(\.message) == ["the file has no contacts"])
        #expect(ContactFile.parse([0xFF, 0xFE], now: now).problems.map(\.message) == ["the file is not UTF-8"])
    }
}
