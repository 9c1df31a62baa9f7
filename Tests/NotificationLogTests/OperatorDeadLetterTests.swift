import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Testing

@testable import NotificationLog

@Suite("Dead letters replayed and dropped on a real server", .enabled(if: TestServers.databaseURL != nil))
struct OperatorDeadLetterTests {
    private let note = OperatorNote(who: "ada@host", filter: "--all")

    private func store(_ test: TestLog) -> DeadLetterStore {
        DeadLetterStore(lane: test.log.queries.lane)
    }

    /// Another operator's connection, to be closed.
    private func otherLane(_ test: TestLog) async -> DatabaseLane {
        let lane = DatabaseLane(name: "command", target: test.target, reactor: test.reactor, observer: { _ in })
        await lane.start()
        await lane.untilConnected()
        return lane
    }

    /// A notification that failed for good; returns its claim.
    @discardableResult
    private func died(
        _ test: TestLog,
        _ key: String,
        channels: [LogChannel] = [.channel(.email)]
    ) async throws -> Claim {
        let claim = try await test.claimed(test.request(key, channels: channels))
        for index in channels.indices {
            _ = try await test.log.settles.settle(test.settlement(claim, index: index, status: .failed))
        }
        return claim
    }

    private func ids(_ test: TestLog) async throws -> [Int64] {
        try await test.log.queries.deadLetters(DeadLetterFilter(limit: 1000)).map(\.id).sorted()
    }

    private func outcome(_ id: Int64, _ skip: DeadLetterOutcome.Skip? = nil) -> DeadLetterOutcome {
        DeadLetterOutcome(id: id, skip: skip)
    }

    @Test(
        "a replay parks the notification due now, counts its schedule anew and records itself, once however often it runs"
    )
    func replay() async throws {
        let test = try await TestLog()
        let store = store(test)
        let claim = try await died(test, "a")
        let id = try #require(try await ids(test).first)
        try await test.execute("UPDATE event SET begun = '{email,sms}', claims = 4")
        #expect(try await store.replay([id], note: note) == [outcome(id)])
        for _ in 0..<2 {
            #expect(try await store.replay([id], note: note) == [outcome(id, .alreadyReplayed)])
        }
        let event = try await test.row(
            "SELECT states::text, schedule_base::text, begun::text, claims::text, lease_until::text FROM event",
            columns: 5
        )
        #expect(event == ["{parked}", "{1}", "{sms}", "1", nil])
        let parked = try await test.row(
            """
            SELECT notification_id::text, channel, hold, (due_at <= now())::text, encode(body, 'hex'), count(*) OVER ()::text
            FROM parked
            """,
            columns: 6
        )
        let notification = claim.notifications[0].id.uuidString.lowercased()
        #expect(parked == [notification, "email", "due", "true", "010203", "1"])
        let log = try await test.row(
            "SELECT status, attempts::text, count(*) OVER ()::text FROM notification_log",
            columns: 3
        )
        #expect(log == ["retrying", "1", "1"])
        let action = try await test.row(
            "SELECT who, action, filter, targets::text, count::text, count(*) OVER ()::text FROM operator_action",
            columns: 6
        )
        #expect(
            action == ["ada@host", "replay", "--all", "{dead_letter:\(id),notification:\(notification)}", "1", "1"]
        )
        try await test.close()
    }

    @Test("a replayed notification is taken up by a poller with its attempts, and can die and be replayed again")
    func again() async throws {
        let test = try await TestLog()
        let store = store(test)
        try await died(test, "a")
        let id = try #require(try await ids(test).first)
        _ = try await store.replay([id], note: note)
        let due = try #require(try await test.log.parked.takeDue(TakeOrder(limit: 10, resendChannels: [:])).first)
        #expect(due.claim.notifications.map(\.attempts) == [1])
        #expect(try await store.replay([id], note: note) == [outcome(id, .alreadyReplayed)])
        _ = try await test.log.settles.settle(test.settlement(due.claim, status: .failed))
        #expect(try await test.row("SELECT count(*)::text FROM parked") == ["0"])
        #expect(try await store.replay([id], note: note) == [outcome(id)])
        #expect(try await test.row("SELECT schedule_base::text FROM event") == ["{2}"])
        try await test.close()
    }

    @Test("of an event with several channels each is replayed by itself, or all at once")
    func channels() async throws {
        let test = try await TestLog()
        let store = store(test)
        try await died(test, "a", channels: [.channel(.email), .channel(.sms)])
        let both = try await ids(test)
        #expect(both.count == 2)
        let sms = try #require(try await test.row("SELECT id::text FROM dead_letter WHERE channel = 'sms'")?[0])
        #expect(try await store.replay([Int64(sms) ?? 0], note: note).map(\.skip) == [nil])
        let one = try await test.row("SELECT states::text, schedule_base::text FROM event", columns: 2)
        #expect(one == ["{settled,parked}", "{0,1}"])
        let other = try await died(test, "b", channels: [.channel(.email), .channel(.sms)])
        let fresh = try await ids(test).filter { !both.contains($0) }
        #expect(try await store.replay(fresh, note: note).map(\.skip) == [nil, nil])
        let event = try await test.row(
            "SELECT states::text, schedule_base::text FROM event WHERE dedupe_key = '\(other.key.dedupeKey)'",
            columns: 2
        )
        #expect(event == ["{parked,parked}", "{1,1}"])
        #expect(try await test.row("SELECT count(*)::text FROM parked") == ["3"])
        try await test.close()
    }

    @Test("an event whose channels were never decided is parked as a whole")
    func wholeEvent() async throws {
        let test = try await TestLog()
        let store = store(test)
        try await died(test, "a", channels: [.none])
        let id = try #require(try await ids(test).first)
        #expect(try await store.replay([id], note: note) == [outcome(id)])
        let parked = try await test.row("SELECT notification_id::text, channel, hold FROM parked", columns: 3)
        #expect(parked == [nil, nil, "due"])
        let due = try #require(try await test.log.parked.takeDue(TakeOrder(limit: 10, resendChannels: [:])).first)
        #expect(due.claim.notifications.map(\.channel) == [.none])
        try await test.close()
    }

    @Test("what has no event, since another program nacked it, gets one, and a row of the log")
    func foreign() async throws {
        let test = try await TestLog()
        let store = store(test)
        let key = EventKey(eventType: "payment.completed", dedupeKey: "rejected:x")
        for body in [[0x7B], [0x7D]] as [[UInt8]] {
            let message = StoredMessage(body: body, headers: "{}")
            try await test.log.rejections.bury(message, rejectedAs: key, eventID: "x", fallback: .shapeInvalid)
        }
        let both = try await ids(test)
        #expect(try await store.previewReplay(both) == [outcome(both[0]), outcome(both[1], .parked)])
        #expect(try await store.replay(both, note: note) == [outcome(both[0]), outcome(both[1], .parked)])
        #expect(try await store.replay(both, note: note).map(\.skip) == [.alreadyReplayed, .parked])
        let event = try await test.row(
            """
            SELECT e.event_id, e.channels::text, e.states::text, l.status, l.channel, l.error_code,
                (d.notification_id = l.id)::text, (e.notification_ids = ARRAY[l.id])::text, p.dedupe_key
            FROM event e JOIN notification_log l ON l.event_id = e.event_id AND l.created_at = e.created_at
                JOIN dead_letter d ON d.id = \(both[0]) JOIN parked p ON p.notification_id IS NULL
            """,
            columns: 9
        )
        #expect(
            event == ["x", "{none}", "{parked}", "retrying", "none", "shape.invalid", "true", "true", "rejected:x"]
        )
        try await test.close()
    }

    @Test("what is claimed, parked, uncertain, sent or gone is skipped with its reason, and nothing is recorded")
    func skipped() async throws {
        let test = try await TestLog()
        let store = store(test)
        try await died(test, "a")
        let id = try #require(try await ids(test).first)
        for (state, status, skip) in [
            ("open", "failed", .claimed), ("parked", "retrying", .parked), ("uncertain", "uncertain", .uncertain),
            ("settled", "sent", .ended(status: "sent")), ("settled", "suppressed", .ended(status: "suppressed")),
        ] as [(String, String, DeadLetterOutcome.Skip)] {
            try await test.execute(
                "UPDATE event SET states = '{\(state)}'; UPDATE notification_log SET status = '\(status)'"
            )
            #expect(try await store.previewReplay([id, 99]) == [outcome(id, skip), outcome(99, .missing)])
            #expect(try await store.replay([id, 99], note: note) == [outcome(id, skip), outcome(99, .missing)])
        }
        try await test.execute("UPDATE event SET notification_ids = ARRAY[gen_random_uuid()]")
        #expect(try await store.replay([id], note: note) == [outcome(id, .superseded)])
        let left = try await test.row(
            """
            SELECT (SELECT count(*) FROM operator_action)::text, (SELECT count(*) FROM parked)::text,
                (SELECT count(replayed_at) FROM dead_letter)::text
            """,
            columns: 3
        )
        #expect(left == ["0", "0", "0"])
        try await test.close()
    }

    @Test("a channel is replayed beside another that is being sent, whose claim goes on")
    func besideClaim() async throws {
        let test = try await TestLog()
        let store = store(test)
        let claim = try await test.claimed(test.request("a", channels: [.channel(.email), .channel(.sms)]))
        _ = try await test.log.settles.settle(test.settlement(claim, index: 0, status: .failed))
        let id = try #require(try await ids(test).first)
        #expect(try await store.replay([id], note: note) == [outcome(id)])
        #expect(try await test.log.parked.takeDue(TakeOrder(limit: 10, resendChannels: [:])).isEmpty)
        #expect(try await test.log.settles.settle(test.settlement(claim, index: 1)).outcome == .settled)
        #expect(try await test.row("SELECT states::text FROM event") == ["{parked,settled}"])
        #expect(try await test.row("SELECT count(*)::text FROM parked") == ["1"])
        try await test.close()
    }

    @Test("of two operators at once one replays each, and the records add up")
    func twoOperators() async throws {
        let test = try await TestLog()
        let lane = await otherLane(test)
        let (one, other) = (store(test), DeadLetterStore(lane: lane))
        for key in 0..<12 { try await died(test, "k\(key)", channels: [.channel(.email), .channel(.sms)]) }
        let all = try await ids(test)
        async let left = one.replay(all, note: note)
        async let right = other.replay(all.reversed(), note: note)
        let done = try await (left + right).filter { $0.skip == nil }.map(\.id)
        #expect(done.sorted() == all)
        let sums = try await test.row(
            "SELECT (SELECT sum(count) FROM operator_action)::text, (SELECT count(*) FROM parked)::text",
            columns: 2
        )
        #expect(sums == ["24", "24"])
        await lane.close()
        try await test.close()
    }

    @Test("a replay beside a settle of the same event ends in one of the two orders, never stuck")
    func besideSettle() async throws {
        let test = try await TestLog()
        let store = store(test)
        try await died(test, "a")
        let id = try #require(try await ids(test).first)
        for _ in 0..<10 {
            _ = try await store.replay([id], note: note)
            let due = try #require(try await test.log.parked.takeDue(TakeOrder(limit: 10, resendChannels: [:])).first)
            async let settled = test.log.settles.settle(test.settlement(due.claim, status: .failed)).outcome
            async let replayed = store.replay([id], note: note)
            #expect(try await settled == .settled)
            let skip = try await replayed[0].skip
            let state = try await test.row("SELECT states::text FROM event")
            let parked = try await test.row("SELECT count(*)::text FROM parked")
            if skip == nil {
                #expect(state == ["{parked}"])
                #expect(parked == ["1"])
            } else {
                #expect(skip == .alreadyReplayed)
                #expect(state == ["{settled}"])
                #expect(parked == ["0"])
                _ = try await store.replay([id], note: note)
            }
            _ = try await test.log.parked.takeDue(TakeOrder(limit: 10, resendChannels: [:]))
            try await test.execute(
                "DELETE FROM parked; UPDATE event SET states = '{settled}', lease_until = NULL;"
                    + "UPDATE notification_log SET status = 'failed'; UPDATE dead_letter SET replayed_at = NULL"
            )
        }
        try await test.close()
    }

    @Test("filters select by type, reason or code and age, in chunks, without what was replayed unless asked for")
    func selection() async throws {
        let test = try await TestLog()
        let store = store(test)
        for key in 0..<5 { try await died(test, "k\(key)") }
        let all = try await ids(test)
        try await test.execute(
            """
            UPDATE dead_letter SET event_type = 'other' WHERE id = \(all[0]);
            UPDATE dead_letter SET error_code = 'smtp.550' WHERE id = \(all[1]);
            UPDATE dead_letter SET died_at = now() - interval '2 hours' WHERE id = \(all[2]);
            UPDATE dead_letter SET replayed_at = now() WHERE id = \(all[3]);
            """
        )
        #expect(try await store.newestID() == all[4])
        func select(_ change: (inout DeadLetterFilter) -> Void, replayed: Bool = false) async throws -> [Int64] {
            var filter = DeadLetterFilter(limit: 10)
            change(&filter)
            return try await store.ids(filter, after: 0, upTo: all[4], withReplayed: replayed)
        }
        #expect(try await select { _ in } == [all[0], all[1], all[2], all[4]])
        #expect(try await select({ _ in }, replayed: true) == all)
        #expect(try await select { $0.eventType = "other" } == [all[0]])
        #expect(try await select { $0.reason = "smtp.550" } == [all[1]])
        #expect(try await select { $0.reason = "failed" } == [all[0], all[1], all[2], all[4]])
        #expect(try await select { $0.since = Date(timeIntervalSinceNow: -3600) } == [all[0], all[1], all[4]])
        let chunk = try await store.ids(DeadLetterFilter(limit: 2), after: all[0], upTo: all[2], withReplayed: false)
        #expect(chunk == [all[1], all[2]])
        let counts = try await test.log.queries.deadLetterCounts(DeadLetterFilter(limit: 10))
        #expect(counts.map(\.count) == [3, 1, 1])
        #expect(counts.map(\.replayed) == [1, 0, 0])
        #expect(counts[0].eventType == "payment.completed")
        #expect(counts[0].errorCode == nil)
        try await test.close()
    }

    @Test("a drop deletes what is there and records it; run again it finds nothing and records nothing")
    func drop() async throws {
        let test = try await TestLog()
        let store = store(test)
        for key in 0..<3 { try await died(test, "k\(key)") }
        let all = try await ids(test)
        _ = try await store.replay([all[1]], note: note)
        let named = [all[0], all[1], 99]
        #expect(try await store.previewDrop(named) == [outcome(all[0]), outcome(all[1]), outcome(99, .missing)])
        #expect(try await store.drop(named, note: note) == [outcome(all[0]), outcome(all[1]), outcome(99, .missing)])
        #expect(try await store.drop(named, note: note).map(\.skip) == [.missing, .missing, .missing])
        #expect(try await ids(test) == [all[2]])
        let actions = try await test.row(
            """
            SELECT string_agg(action || ' ' || count || ' ' || cardinality(targets), ', ' ORDER BY id)
            FROM operator_action
            """
        )
        #expect(actions == ["replay 1 2, drop 2 4"])
        // What was dropped while it was taken up again comes back when it dies again.
        let due = try #require(try await test.log.parked.takeDue(TakeOrder(limit: 10, resendChannels: [:])).first)
        _ = try await test.log.settles.settle(test.settlement(due.claim, status: .failed))
        #expect(try await ids(test).count == 2)
        try await test.close()
    }
}
