import ArgumentParser
import DomainEvents
import FoundationEssentials
import Testing

@testable import NotificationLog
@testable import NotifyDaemon

@Suite("Operators' commands: what they decide and print")
struct OperatorOutputTests {
    @Test(
        "A chunk is what a second allows, at least one and at most 500, and starts when its turn has come",
        arguments: [
            (nil, 500, Duration.zero), (0.5, 1, .seconds(20)), (2.5, 2, .seconds(4)), (50, 50, .milliseconds(200)),
            (100_000, 500, .microseconds(100)),
        ] as [(Double?, Int, Duration)]
    )
    func pace(rate: Double?, chunk: Int, start: Duration) {
        let pace = ChunkPace(rate: rate)
        #expect(pace.chunk == chunk)
        #expect(pace.start(after: 0) == .zero)
        #expect(pace.start(after: 10) == start)
    }

    @Test("A tally counts what was done and why the rest was not, the most frequent reason first")
    func tally() {
        var tally = DeadLetterTally(done: "replayed", isDryRun: false)
        #expect(tally.summary == "replayed: 0")
        tally.add([DeadLetterOutcome(id: 1), DeadLetterOutcome(id: 2, skip: .parked)])
        tally.add([
            DeadLetterOutcome(id: 3, skip: .ended(status: "sent")),
            DeadLetterOutcome(id: 4, skip: .ended(status: "sent")),
        ])
        #expect(tally.summary == "replayed: 1; skipped: 3 (sent meanwhile: 2; parked again: 1)")
        #expect(tally.failure.hasPrefix("not replayed: 2 (parked again), 3 (sent meanwhile), 4 (sent meanwhile); see"))
        var dry = DeadLetterTally(done: "dropped", isDryRun: true)
        dry.add([DeadLetterOutcome(id: 1)])
        #expect(dry.summary == "would be dropped: 1")
    }

    @Test("A failure names ten numbers and how many more there are")
    func manyFailures() {
        var tally = DeadLetterTally(done: "dropped", isDryRun: false)
        tally.add((1...12).map { DeadLetterOutcome(id: $0, skip: .missing) })
        #expect(tally.failure.contains("10 (there is no such dead letter) and 2 more"))
        #expect(!tally.failure.contains("11 ("))
    }

    @Test("Filters are recorded as options, with the moment instead of the age")
    func filterText() throws {
        let command = try Notifyd.parseAsRoot(["dlq", "replay", "--type", "t", "--reason", "smtp.550", "--since", "1h"])
        let targets = try #require(command as? DeadLetterReplayCommand).targets
        let text = targets.text(now: Date(timeIntervalSince1970: 1_768_473_000))
        #expect(text == "--type t --reason smtp.550 --since 2026-01-15T09:30:00.000Z")
    }

    @Test("A revealed body keeps sensitive fields masked at any depth; where they cannot be found, all of it")
    func revealedBody() {
        let body = Array(#"{"data": {"token": "hunter2", "n": 1.50, "u": "x"}, "token": ["hunter2"]}"#.utf8)
        #expect(
            RevealedBody.text(body, without: ["token"])
                == #"{"data": {"n": 1.5, "token": "***", "u": "x"}, "token": "***"}"#
        )
        #expect(RevealedBody.text(body, without: []) == String(decoding: body, as: UTF8.self))
        let broken = RevealedBody.text(Array("hunter2".utf8), without: ["token"])
        #expect(broken == "(7 bytes, not JSON, of a type with sensitive fields)")
    }

    @Test("Groups have their counts in the table and in JSON")
    func groups() throws {
        let group = DeadLetterGroup(
            DeadLetterCount(reason: "failed", errorCode: nil, eventType: "t", count: 12, replayed: 3)
        )
        #expect(DeadLetterGroup.table([group]).lines(width: nil)[1] == "   12         3  failed  -     t")
        #expect(
            try JSONOutput.line(group)
                == #"{"count":12,"error_code":null,"event_type":"t","reason":"failed","replayed":3}"#
        )
    }

    @Test("A pause says what it covers in words and in options, and which others it contains")
    func scopes() {
        let both = PauseScope(eventType: "t", channel: .sms)
        let channel = PauseScope(channel: .sms)
        #expect(both.text == "t by sms")
        #expect(both.options == "--type t --channel sms")
        #expect(PauseScope().text == "all notifications")
        #expect(PauseScope().options == "--all")
        #expect(channel.contains(both))
        #expect(!both.contains(channel))
        #expect(PauseScope().contains(channel))
        #expect(!PauseScope(eventType: "u").contains(both))
    }

    @Test(
        "The operator is who called sudo, else the user of the variables, else the account; an empty variable is none"
    )
    func operatorName() {
        #expect(Operator.name(["SUDO_USER": "ada", "USER": "root"], account: "root") == "ada")
        #expect(Operator.name(["USER": "bob", "LOGNAME": "robert"], account: "x") == "bob")
        #expect(Operator.name(["USER": "", "LOGNAME": "robert"], account: "x") == "robert")
        #expect(Operator.name([:], account: "notifyd") == "notifyd")
        #expect(Operator.name([:], account: nil) == nil)
    }

    @Test("A contact's addresses are masked unless revealed; what is not known is null")
    func contact() throws {
        let entry = ContactEntry(
            recipientID: "42",
            fields: [
                .init(name: "email", value: "jane@example.com", at: Date(timeIntervalSince1970: 1_768_469_400)),
                .init(name: "phone", value: "+4915201234567", at: nil), .init(name: "name", value: nil, at: nil),
            ],
            optOut: ["marketing"],
            optOutAt: nil
        )
        let masked = try JSONOutput.line(ContactRow(entry, isRevealed: false))
        #expect(masked.contains(#""email":"j***@example.com","email_at":"2026-01-15T09:30:00.000Z""#))
        #expect(masked.contains(#""name":null"#))
        #expect(masked.contains(#""phone":"+49***67""#))
        #expect(
            ContactRow(entry, isRevealed: true).table.lines(width: nil).contains { $0.contains("jane@example.com") }
        )
    }
}
