import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Testing

@testable import NotificationLog

@Suite("Pauses as values")
struct PauseSetTests {
    private func pause(_ type: String?, _ channel: Channel?, at seconds: Double = 0) -> Pause {
        Pause(
            scope: PauseScope(eventType: type, channel: channel),
            reason: nil,
            since: Date(timeIntervalSince1970: seconds),
            who: "me"
        )
    }

    @Test("without pauses everything may be sent")
    func none() {
        #expect(PauseSet().pauses(eventType: "payment.completed", channel: .email) == nil)
        #expect(PauseSet().isEmpty)
    }

    @Test(
        "a pause covers its type, its channel, both, or all",
        arguments: [
            ("payment.completed", nil, [true, true, true, false]), (nil, Channel.sms, [false, true, false, false]),
            ("payment.completed", .sms, [false, true, false, false]), (nil, nil, [true, true, true, true]),
        ] as [(String?, Channel?, [Bool])]
    )
    func covers(type: String?, channel: Channel?, expected: [Bool]) {
        let set = PauseSet([pause(type, channel)])
        let found: [Bool] = [
            set.pauses(eventType: "payment.completed", channel: .email) != nil,
            set.pauses(eventType: "payment.completed", channel: .sms) != nil,
            set.pauses(eventType: "payment.completed", channel: nil) != nil,
            set.pauses(eventType: "user.signup", channel: nil) != nil,
        ]
        #expect(found == expected)
    }

    @Test("of several pauses the oldest is named")
    func oldest() {
        let set = PauseSet([pause(nil, .email, at: 2), pause("payment.completed", nil, at: 1)])
        let found = set.pauses(eventType: "payment.completed", channel: .email)
        #expect(found?.scope.eventType == "payment.completed")
    }
}

@Suite("Pauses on a real server", .enabled(if: TestServers.databaseURL != nil))
struct OperatorPauseTests {
    private func park(_ test: TestLog, _ key: String, type: String, channel: String?, hold: String = "paused")
        async throws
    {
        let id = channel == nil ? "NULL" : "gen_random_uuid()"
        try await test.execute(
            """
            INSERT INTO parked (notification_id, event_type, dedupe_key, channel, hold, due_at, body, headers)
            VALUES (\(id), '\(type)', '\(key)', \(channel.map { "'\($0)'" } ?? "NULL"), '\(hold)', 'infinity', '', '{}')
            """
        )
    }

    private func holds(_ test: TestLog) async throws -> String? {
        try await test.row(
            """
            SELECT string_agg(dedupe_key || ' ' || hold || ' ' || (due_at <= now())::text, ', ' ORDER BY dedupe_key)
            FROM parked
            """
        )?[0]
    }

    @Test("the pauses in force are read with scope, reason and who")
    func current() async throws {
        let test = try await TestLog()
        #expect(try await test.log.pauses.current().isEmpty)
        try await test.execute(
            """
            INSERT INTO pause (event_type, channel, reason, who) VALUES ('user.signup', 'sms', 'costs', 'ada@host');
            INSERT INTO pause (channel, who, since) VALUES ('fax', 'ada@host', now() - interval '1 hour');
            """
        )
        let set = try await test.log.pauses.current()
        #expect(set.all.count == 1, "a channel that this version does not know pauses nothing that it sends")
        #expect(set.all.first?.scope == PauseScope(eventType: "user.signup", channel: .sms))
        #expect(set.all.first?.reason == "costs")
        #expect(set.all.first?.who == "ada@host")
        try await test.close()
    }

    @Test("what no pause covers any more is due at once; other holds and what is still covered stay")
    func release() async throws {
        let test = try await TestLog()
        try await park(test, "a", type: "t", channel: "email")
        try await park(test, "b", type: "t", channel: "sms")
        try await park(test, "c", type: "u", channel: "sms")
        try await park(test, "d", type: "u", channel: nil)
        try await park(test, "e", type: "t", channel: "email", hold: "uncertain")
        try await test.execute("INSERT INTO pause (channel, who) VALUES ('sms', 'x')")
        #expect(try await test.log.pauses.releaseResumed(limit: 10) == 2)
        #expect(
            try await holds(test)
                == "a due true, b paused false, c paused false, d due true, e uncertain false",
            "a pause by channel does not concern a whole event"
        )
        try await test.execute(
            "DELETE FROM pause; INSERT INTO pause (event_type, channel, who) VALUES ('u', 'sms', 'x')"
        )
        #expect(try await test.log.pauses.releaseResumed(limit: 10) == 1)
        #expect(try await test.log.pauses.releaseResumed(limit: 10) == 0)
        try await test.execute("DELETE FROM pause")
        #expect(try await test.log.pauses.releaseResumed(limit: 10) == 1)
        #expect(try await holds(test) == "a due true, b due true, c due true, d due true, e uncertain false")
        try await test.close()
    }

    @Test("a release is bounded, and the oldest of all kinds go first")
    func bounded() async throws {
        let test = try await TestLog()
        for (index, key) in ["a", "b", "c", "d"].enumerated() {
            try await park(test, key, type: index % 2 == 0 ? "t" : "s", channel: "email")
        }
        #expect(try await test.log.pauses.releaseResumed(limit: 3) == 3)
        #expect(try await holds(test) == "a due true, b due true, c due true, d paused false")
        #expect(try await test.log.pauses.releaseResumed(limit: 3) == 1)
        try await test.close()
    }

    @Test("a row that somebody holds is not waited for")
    func locked() async throws {
        let test = try await TestLog()
        try await park(test, "a", type: "t", channel: "email")
        try await park(test, "b", type: "t", channel: "email")
        let holder = try await test.connection()
        try await holder.runScript("BEGIN; SELECT FROM parked WHERE dedupe_key = 'a' FOR UPDATE", timeout: .seconds(10))
        #expect(try await test.log.pauses.releaseResumed(limit: 10) == 1)
        await holder.close()
        #expect(try await holds(test) == "a paused false, b due true")
        #expect(try await test.log.pauses.releaseResumed(limit: 10) == 1)
        try await test.close()
    }
}
