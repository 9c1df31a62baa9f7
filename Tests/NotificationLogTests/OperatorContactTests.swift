import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Testing

@testable import NotificationLog

@Suite("Contacts shown and forgotten on a real server", .enabled(if: TestServers.databaseURL != nil))
struct OperatorContactTests {
    private let note = OperatorNote(who: "ada@host")

    private func change(_ date: Date, _ email: String) -> ContactChange {
        ContactChange(
            recipientID: "42",
            occurredAt: date,
            fields: ContactFields(email: .value(email), optOut: .value(["marketing"])),
            isDeletion: false
        )
    }

    @Test("an entry has every field with the time it counts from")
    func entry() async throws {
        let test = try await TestLog()
        let register = ContactRegister(lane: test.log.queries.lane)
        #expect(try await register.entry(of: "42") == nil)
        let date = Date(timeIntervalSince1970: 1_768_469_400)
        _ = try await test.log.contacts.apply(change(date, "a@example.com"))
        let entry = try #require(try await register.entry(of: "42"))
        #expect(entry.fields.first == ContactEntry.Field(name: "email", value: "a@example.com", at: date))
        #expect(entry.fields.last == ContactEntry.Field(name: "timezone", value: nil, at: nil))
        #expect(entry.optOut == ["marketing"])
        #expect(entry.optOutAt == date)
        #expect(!entry.isEmpty)
        try await test.close()
    }

    @Test(
        "a forgotten contact stays empty for older events, those stored from a fast clock included; run twice it is the same"
    )
    func forget() async throws {
        let test = try await TestLog()
        let register = ContactRegister(lane: test.log.queries.lane)
        let ahead = Date(timeIntervalSinceNow: 3600)
        _ = try await test.log.contacts.apply(change(ahead, "a@example.com"))
        #expect(try await register.forget("42", note: note))
        #expect(try await register.forget("42", note: note) == false)
        #expect(try await register.entry(of: "42")?.isEmpty == true)
        _ = try await test.log.contacts.apply(change(Date(timeIntervalSinceNow: 1800), "b@example.com"))
        #expect(try await register.entry(of: "42")?.isEmpty == true)
        _ = try await test.log.contacts.apply(change(Date(timeIntervalSinceNow: 7200), "c@example.com"))
        #expect(try await register.entry(of: "42")?.fields.first?.value == "c@example.com")
        let actions = try await test.row("SELECT string_agg(action || ' ' || targets::text, ', ') FROM operator_action")
        #expect(actions == ["forget {contact:42}, forget {contact:42}"])
        try await test.close()
    }

    @Test("somebody unknown leaves an empty row with the time of now on every field")
    func unknown() async throws {
        let test = try await TestLog()
        #expect(try await ContactRegister(lane: test.log.queries.lane).forget("7", note: note) == false)
        let row = try await test.row(
            """
            SELECT (email_at = timezone_at AND phone_at = opt_out_at AND name_at <= now())::text, opt_out::text
            FROM contact WHERE email IS NULL
            """,
            columns: 2
        )
        #expect(row == ["true", "{}"])
        try await test.close()
    }
}

@Suite("The story of an event on a real server", .enabled(if: TestServers.databaseURL != nil))
struct OperatorStoryTests {
    @Test(
        "an event is found by its id, a notification's id and its key, with all that is written down of it, and no other"
    )
    func story() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        let stories = StoryQueries(lane: test.log.queries.lane)
        let early = try await stories.stories(of: "a", eventTypes: ["payment.completed"])
        #expect(early.map(\.eventID) == ["event-a"], "found by type and key before there is a row of the log")
        #expect(early.first?.claims?.leaseUntil != nil)
        #expect(try await stories.stories(of: "a", eventTypes: []).isEmpty)

        _ = try await test.log.settles.settle(test.settlement(claim, status: .failed))
        let other = try await test.claimed(test.request("b"))
        _ = try await test.log.settles.settle(test.settlement(other, status: .failed))
        let letters = DeadLetterStore(lane: test.log.queries.lane)
        let id = try #require(try await test.row("SELECT id::text FROM dead_letter ORDER BY id LIMIT 1")?[0])
        _ = try await letters.replay([Int64(id) ?? 0], note: OperatorNote(who: "ada@host"))
        for term in ["event-a", claim.notifications[0].id.uuidString, "a"] {
            let found = try await stories.stories(of: term, eventTypes: ["payment.completed"])
            #expect(found.count == 1)
            let story = try #require(found.first)
            #expect(story.notifications.map(\.status) == ["retrying"])
            #expect(story.attempts.map(\.dns) == [3])
            #expect(story.waits.map(\.hold) == ["due"])
            #expect(story.deadLetters.map(\.reason) == ["failed"])
            #expect(story.actions.map(\.action) == ["replay"])
        }
        #expect(try await stories.stories(of: "nobody", eventTypes: ["payment.completed"]).isEmpty)
        try await test.close()
    }
}

@Suite("Pauses made and taken back on a real server", .enabled(if: TestServers.databaseURL != nil))
struct OperatorPauseChangeTests {
    @Test("the first pause of a scope counts, the second is told of it; a resume takes back exactly that")
    func changes() async throws {
        let test = try await TestLog()
        let scope = PauseScope(eventType: "t", channel: .sms)
        let first = OperatorNote(who: "ada@host", reason: "costs")
        #expect(try await test.log.pauses.pause(scope, note: first) == nil)
        #expect(try await test.log.pauses.pause(scope, note: OperatorNote(who: "bob@host"))?.reason == "costs")
        #expect(try await test.log.pauses.pause(PauseScope(), note: first) == nil)
        #expect(try await test.log.pauses.resume(PauseScope(channel: .sms), note: first).isEmpty)
        #expect(try await test.log.pauses.resume(scope, note: first).map(\.who) == ["ada@host"])
        #expect(try await test.log.pauses.resume(scope, note: first).isEmpty)
        #expect(try await test.log.pauses.current().all.map(\.scope) == [PauseScope()])
        let actions = try await test.row(
            "SELECT string_agg(action || ' ' || targets[1] || ' ' || coalesce(reason, '-'), ', ' ORDER BY id) FROM operator_action"
        )
        #expect(actions == ["pause type:t channel:sms costs, pause all costs, resume type:t channel:sms costs"])
        try await test.close()
    }

    @Test("a resume of all takes back every pause, the oldest first, each an action of its own; again it finds none")
    func all() async throws {
        let test = try await TestLog()
        let note = OperatorNote(who: "ada@host", filter: "--all")
        let scopes = [
            PauseScope(eventType: "t", channel: .sms), PauseScope(eventType: "t"), PauseScope(channel: .email),
            PauseScope(),
        ]
        for scope in scopes { _ = try await test.log.pauses.pause(scope, note: OperatorNote(who: "bob@host")) }
        #expect(try await test.log.pauses.resume(PauseScope(), note: note).map(\.scope) == scopes)
        #expect(try await test.log.pauses.current().isEmpty)
        #expect(try await test.log.pauses.resume(PauseScope(), note: note).isEmpty)
        let actions = try await test.row(
            """
            SELECT string_agg(who || ' ' || filter || ' ' || targets::text || ' ' || count, ', ' ORDER BY id)
            FROM operator_action WHERE action = 'resume'
            """
        )
        let recorded: String =
            #"ada@host --all {"type:t channel:sms"} 1, ada@host --all {type:t} 1, "#
            + "ada@host --all {channel:email} 1, ada@host --all {all} 1"
        #expect(actions == [recorded])
        try await test.close()
    }

    @Test("of two operators who pause the same one makes it, and both are told the truth")
    func together() async throws {
        let test = try await TestLog()
        let lane = DatabaseLane(name: "command", target: test.target, reactor: test.reactor, observer: { _ in })
        await lane.start()
        await lane.untilConnected()
        let other = PauseStore(lane: lane)
        for type in ["a", "b", "c", "d"] {
            let scope = PauseScope(eventType: type)
            async let left = test.log.pauses.pause(scope, note: OperatorNote(who: "ada@host"))
            async let right = other.pause(scope, note: OperatorNote(who: "bob@host"))
            let found = try await [left, right].compactMap(\.self)
            #expect(found.count == 1)
            #expect(found.first?.scope == scope)
        }
        #expect(try await test.row("SELECT count(*)::text FROM operator_action") == ["4"])
        await lane.close()
        try await test.close()
    }
}
