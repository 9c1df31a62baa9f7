import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Reactor
import Testing

@testable import NotificationLog

@Suite("Retention: events and what goes with them on a real server", .enabled(if: TestServers.databaseURL != nil))
struct RetentionTests {
    private static func count(of kind: String, in report: RetentionReport) -> Int {
        report.removed.first { $0.kind == kind }?.count ?? 0
    }

    @Test("a duplicate within audit.keep is one, a later one is a new event")
    func duplicates() async throws {
        let test = try await TestLog()
        try await test.settledEvent("kept", daysOld: 399)
        try await test.settledEvent("forgotten", daysOld: 500)
        _ = try await test.retain()
        guard case .duplicate = try await test.log.claims.claim(test.request("kept")).outcome else {
            throw TestFailure("the event inside audit.keep was forgotten")
        }
        _ = try await test.claimed(test.request("forgotten"))
        try await test.close()
    }

    @Test(
        "an event that is not settled is never deleted, however it waits",
        arguments: ["open", "parked", "uncertain"]
    )
    func unsettled(state: String) async throws {
        let test = try await TestLog()
        _ = try await test.claimed(test.request("waiting"))
        try await test.execute("UPDATE event SET states = ARRAY['\(state)'], lease_until = NULL")
        try await test.age("waiting", days: 4000)
        #expect(try await test.retain().isEmpty)
        #expect(try await test.count("event") == 1)
        try await test.close()
    }

    @Test("an event of two channels of which one waits is kept")
    func halfSettled() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("half", channels: [.channel(.email), .channel(.sms)]))
        _ = try await test.log.settles.settle(test.settlement(claim))
        try await test.age("half", days: 500)
        #expect(try await test.retain().isEmpty)
        #expect(try await test.count("notification_log") == 1)
        try await test.close()
    }

    @Test("more than a batch goes in one run")
    func batches() async throws {
        let test = try await TestLog()
        let count = RetentionRun.batch * 2 + 1
        try await test.execute(
            """
            INSERT INTO event (event_type, dedupe_key, event_id, fingerprint, channels, states, notification_ids,
                claim_token, created_at)
            SELECT 'payment.completed', 'k' || n, 'e' || n, '', '{email}', '{settled}', ARRAY[gen_random_uuid()],
                gen_random_uuid(), now() - interval '500 days' FROM generate_series(1, \(count)) AS n
            """
        )
        let report = try await test.retain()
        #expect(Self.count(of: "events", in: report) == count)
        #expect(try await test.count("event") == 0)
        try await test.close()
    }

    @Test("dead letters stay until they are replayed, and as long as the log after that")
    func deadLetters() async throws {
        let test = try await TestLog()
        for key in ["never", "long ago", "lately"] {
            let claim = try await test.claimed(test.request(key))
            _ = try await test.log.settles.settle(test.settlement(claim, status: .failed))
        }
        try await test.execute(
            """
            UPDATE dead_letter SET died_at = now() - interval '500 days';
            UPDATE dead_letter SET replayed_at = now() - interval '450 days' WHERE dedupe_key = 'long ago';
            UPDATE dead_letter SET replayed_at = now() - interval '1 day' WHERE dedupe_key = 'lately';
            """
        )
        #expect(try await test.retain().removed.map(\.kind) == ["replayed dead letters"])
        #expect(try await test.count("dead_letter", where: "dedupe_key IN ('never', 'lately')") == 2)
        try await test.close()
    }

    @Test("ids taken back and quarantine marks go when they are past, unless the id's event waits")
    func marks() async throws {
        let test = try await TestLog()
        _ = try await test.claimed(test.request("id:waiting"))
        try await test.execute(
            """
            INSERT INTO anonymous_event (event_id, event_type, body_sha256, received_at, taken_by) VALUES
                ('old', 'payment.completed', '', now() - interval '500 days', ''),
                ('waiting', 'payment.completed', '', now() - interval '500 days', ''),
                ('new', 'payment.completed', '', now() - interval '1 day', '');
            INSERT INTO quarantine (message_sha256, marks, token, marked_at) VALUES
                ('old', 1, gen_random_uuid(), now() - interval '500 days'),
                ('new', 1, gen_random_uuid(), now() - interval '1 day');
            """
        )
        #expect(try await test.retain().removed.map(\.kind) == ["ids", "quarantine marks"])
        let left = "SELECT string_agg(event_id, ',' ORDER BY event_id) FROM anonymous_event"
        #expect(try await test.row(left) == ["new,waiting"])
        #expect(try await test.count("quarantine") == 1)
        try await test.close()
    }

    @Test("of replicas that start together one runs, and months are dropped once")
    func together() async throws {
        let test = try await TestLog()
        for days in [500, 600, 700] { try await test.makeMonth(daysAgo: days) }
        for number in 0..<20 { try await test.settledEvent("k\(number)", daysOld: 500 + 10 * number) }
        let outcomes = try await withThrowingTaskGroup(of: RetentionOutcome.self) { group in
            for number in 0..<4 {
                group.addTask {
                    let reactor = Reactor(label: "replica \(number)")
                    return try await RetentionRun(target: test.target, keep: TestLog.keep, reactor: reactor).run()
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let reports = outcomes.compactMap { outcome in
            if case .applied(let report) = outcome { report } else { nil }
        }
        #expect(outcomes.filter { $0 == .running }.count + reports.count == 4)
        #expect(reports.flatMap(\.droppedTables).count == 6)
        #expect(reports.map { Self.count(of: "events", in: $0) }.reduce(0, +) == 20)
        try await test.close()
    }

    @Test("while another session runs it nothing is done, and when that is gone it can be done again")
    func running() async throws {
        let test = try await TestLog()
        try await test.settledEvent("old", daysOld: 500)
        let other = try await test.connection()
        let lock = "SELECT pg_advisory_lock(x'6b656570'::int4, hashtext(current_schema()))"
        try await other.runScript(lock, timeout: .seconds(10))
        let run = RetentionRun(target: test.target, keep: TestLog.keep, reactor: test.reactor)
        #expect(try await run.run() == .running)
        #expect(try await test.count("event") == 1)
        await other.close()
        let isFree = try await eventually { try await run.run() != .running }
        #expect(isFree)
        #expect(try await test.count("event") == 0)
        try await test.close()
    }

    @Test("a long transaction on the log is not waited for: the run fails, and the next one goes on")
    func held() async throws {
        let test = try await TestLog()
        try await test.makeMonth(daysAgo: 500)
        let reader = try await test.connection()
        try await reader.runScript("BEGIN; SELECT FROM notification_log", timeout: .seconds(10))
        await #expect { try await test.retain() } throws: { ($0 as? DatabaseError)?.sqlState == "55P03" }
        try await reader.runScript("COMMIT", timeout: .seconds(10))
        await reader.close()
        #expect(try await test.retain().droppedTables == [test.tableName("notification_log", daysAgo: 500)])
        try await test.close()
    }

    @Test("less than a day is refused")
    func tooShort() async throws {
        let test = try await TestLog()
        await #expect { try await test.retain(keep: .seconds(3600)) } throws: {
            ($0 as? DatabaseError)?.sqlState == "22023"
        }
        try await test.close()
    }
}
