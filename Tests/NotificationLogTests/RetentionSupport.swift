import Database
import Testing

@testable import NotificationLog

extension TestLog {
    static let keep = Duration.seconds(400 * 86400)

    func retain(keep: Duration = Self.keep) async throws -> RetentionReport {
        switch try await RetentionRun(target: target, keep: keep, reactor: reactor).run() {
        case .applied(let report): return report
        case let other: throw TestFailure("not applied: \(other)")
        }
    }

    /// Claims and settles an event, then makes it and its rows so old.
    func settledEvent(_ key: String, daysOld: Int) async throws {
        let claim = try await claimed(request(key))
        _ = try await log.settles.settle(settlement(claim))
        try await age(key, days: daysOld)
    }

    /// Where the month has a table the rows move there, else to the default partition. One transaction, so one time.
    func age(_ key: String, days: Int) async throws {
        try await execute(
            """
            UPDATE delivery_attempt SET started_at = now() - interval '\(days) days' WHERE notification_id IN (
                SELECT unnest(notification_ids) FROM event WHERE dedupe_key = '\(key)');
            UPDATE notification_log SET created_at = now() - interval '\(days) days' WHERE dedupe_key = '\(key)';
            UPDATE event SET created_at = now() - interval '\(days) days' WHERE dedupe_key = '\(key)';
            """
        )
    }

    /// Tables for the month that was so many days ago, as a daemon of that time made them.
    func makeMonth(daysAgo days: Int) async throws {
        try await execute(
            """
            SET timezone = 'UTC';
            DO $$
            DECLARE first timestamptz := date_trunc('month', now() - interval '\(days) days');
            BEGIN
                EXECUTE format('CREATE TABLE %I PARTITION OF notification_log FOR VALUES FROM (%L) TO (%L)',
                    to_char(first, '"notification_log"_YYYY_MM'), first, first + interval '1 month');
                EXECUTE format('CREATE TABLE %I PARTITION OF delivery_attempt FOR VALUES FROM (%L) TO (%L)',
                    to_char(first, '"delivery_attempt"_YYYY_MM'), first, first + interval '1 month');
            END $$
            """
        )
    }

    /// The name of a month's table.
    func tableName(_ parent: String, daysAgo days: Int) async throws -> String {
        let sql = "SELECT to_char((now() - interval '\(days) days') AT TIME ZONE 'UTC', '\"\(parent)\"_YYYY_MM')"
        return try #require(try await row(sql)?.first ?? nil)
    }
}
