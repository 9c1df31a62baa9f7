import Database
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Reactor
import Testing

@testable import NotificationLog

@Suite("Retention: months of the log on a real server", .enabled(if: TestServers.databaseURL != nil))
struct RetentionMonthTests {
    @Test("a fresh schema has its months: nothing is made or dropped")
    func fresh() async throws {
        let test = try await TestLog()
        #expect(try await test.retain().isEmpty)
        try await test.close()
    }

    @Test("months that are missing ahead are made, once")
    func made() async throws {
        let test = try await TestLog()
        try await test.execute(
            """
            DO $$ DECLARE name text; BEGIN
                FOR name IN SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
                    AND relispartition AND relkind = 'r' AND relname NOT LIKE '%_default' LOOP
                    EXECUTE format('DROP TABLE %I', name);
                END LOOP;
            END $$
            """
        )
        let report = try await test.retain()
        #expect(report.madeTables.count == 2 * (RetentionRun.monthsAhead + 1))
        #expect(try await test.retain().isEmpty)
        let connection = try await test.connection()
        #expect(try await RetentionRun.daysAhead(over: connection) ?? 0 > 360)
        await connection.close()
        try await test.close()
    }

    @Test("a month whose rows are in the default partition stays there, and the others are made")
    func caught() async throws {
        let test = try await TestLog()
        let present = try await test.tableName("notification_log", daysAgo: 0)
        try await test.execute("DROP TABLE \(present)")
        let claim = try await test.claimed(test.request("caught"))
        _ = try await test.log.settles.settle(test.settlement(claim))
        let last = try await test.tableName("delivery_attempt", daysAgo: 0)
        #expect(try await test.count("notification_log_default") == 1)
        try await test.execute("TRUNCATE delivery_attempt; DROP TABLE \(last)")
        #expect(try await test.retain().madeTables == [last])
        #expect(try await test.count("notification_log_default") == 1)
        try await test.close()
    }

    @Test("months wholly older than audit.keep are dropped, one that reaches into it is not")
    func dropped() async throws {
        let test = try await TestLog()
        for days in [500, 400] { try await test.makeMonth(daysAgo: days) }
        try await test.settledEvent("old", daysOld: 500)
        try await test.settledEvent("new", daysOld: 400)
        let log = try await test.tableName("notification_log", daysAgo: 500)
        let attempts = try await test.tableName("delivery_attempt", daysAgo: 500)
        #expect(try await test.count(log) == 1)
        #expect(try await test.count(attempts) == 1)

        let report = try await test.retain()
        #expect(report.droppedTables == [attempts, log])
        #expect(report.removed.map(\.kind) == ["events"])
        #expect(report.removed.map(\.count) == [1])
        #expect(try await test.count("event", where: "dedupe_key = 'new'") == 1)
        #expect(try await test.count("notification_log") == 1)
        #expect(try await test.count("delivery_attempt") == 1)
        #expect(try await test.row("SELECT to_regclass('\(log)')::text") == [nil])
        try await test.close()
    }

    @Test("what waits outlives its month with its attempts, is settled as ever, and goes with the next run")
    func waiting() async throws {
        let test = try await TestLog()
        try await test.makeMonth(daysAgo: 500)
        let claim = try await test.claimed(test.request("waiting"))
        let parking = Parking(hold: .due, delay: .seconds(0))
        _ = try await test.log.settles.settle(test.settlement(claim, status: .retrying, parking: parking))
        try await test.age("waiting", days: 500)
        try await test.settledEvent("settled", daysOld: 500)

        #expect(try await test.retain().droppedTables.count == 2)
        #expect(try await test.count("event", where: "dedupe_key = 'waiting'") == 1)
        #expect(try await test.count("parked") == 1)
        #expect(try await test.row("SELECT status FROM notification_log") == ["retrying"])
        #expect(try await test.count("delivery_attempt_default") == 1)

        let due = try await test.takeDue(1, by: test.log)
        let taken = try #require(due.first)
        #expect(taken.claim.notifications.map(\.attempts) == [1])
        _ = try await test.log.settles.settle(test.settlement(taken.claim))
        #expect(try await test.row("SELECT status FROM notification_log") == ["sent"])
        let kinds = try await test.retain().removed.map(\.kind)
        #expect(kinds == ["events", "log rows", "attempts"])
        #expect(try await test.count("notification_log") == 0)
        #expect(try await test.count("event") == 0)
        #expect(try await test.count("parked") == 0)
        try await test.close()
    }
}
