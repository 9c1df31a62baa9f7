import Database
import FoundationEssentials
import NotifyTestKit
import Testing

@testable import NotificationLog

@Suite("Following the log, as a value")
struct AuditChangesTests {
    private let start = Date(timeIntervalSince1970: 1_768_469_400)

    private func id(_ number: UInt8) -> UUID {
        UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number))
    }

    /// A row that was changed so many seconds after the start.
    private func row(_ number: UInt8, at seconds: Double) -> AuditEntry {
        AuditEntry(
            id: id(number),
            eventID: "e\(number)",
            eventType: "t",
            dedupeKey: "id:e\(number)",
            channel: "email",
            status: "sent",
            attempts: 1,
            receivedAt: start,
            createdAt: start,
            updatedAt: start.addingTimeInterval(seconds),
            resendCount: 0
        )
    }

    private func place(_ number: UInt8, at seconds: Double) -> AuditChanges.Place {
        AuditChanges.Place(updatedAt: start.addingTimeInterval(seconds), id: id(number))
    }

    private func following(_ shown: [AuditEntry]) -> AuditChanges {
        var changes = AuditChanges(since: start)
        changes.note(shown)
        return changes
    }

    @Test("it begins five seconds before the start, whatever was shown then")
    func beginning() {
        #expect(AuditChanges(since: start).place == place(0, at: -5))
        #expect(following([row(1, at: -9000)]).place == place(0, at: -5))
    }

    @Test("what was shown is no news until it changes")
    func changed() {
        var changes = following([row(1, at: -1)])
        let first = changes.news(in: [row(1, at: -1), row(2, at: 1)], isFull: false)
        let again = changes.news(in: [row(1, at: -1), row(2, at: 1)], isFull: false)
        let changed = changes.news(in: [row(2, at: 1), row(1, at: 2)], isFull: false)
        #expect([first, again, changed].map { $0.map(\.eventID) } == [["e2"], [], ["e1"]])
    }

    @Test("a row that is committed behind a younger one is within the next look, and news")
    func late() {
        var changes = AuditChanges(since: start)
        _ = changes.news(in: [row(2, at: 60)], isFull: false)
        #expect(changes.place == place(0, at: 55))
        let news = changes.news(in: [row(1, at: 58), row(2, at: 60)], isFull: false)
        #expect(news.map(\.eventID) == ["e1"])
    }

    @Test("behind a full look the next one begins where it ended, and the overlap comes after the last")
    func full() {
        var changes = AuditChanges(since: start)
        _ = changes.news(in: [row(1, at: 1), row(2, at: 2)], isFull: true)
        #expect(changes.place == place(2, at: 2))
        let rest = changes.news(in: [row(3, at: 2)], isFull: false)
        #expect(rest.map(\.eventID) == ["e3"])
        #expect(changes.place == place(0, at: -3))
        let again = changes.news(in: [row(1, at: 1), row(2, at: 2), row(3, at: 2)], isFull: false)
        #expect(again.isEmpty)
    }

    @Test("a look without rows changes nothing")
    func nothing() {
        var changes = following([row(1, at: 3)])
        let news = changes.news(in: [], isFull: false)
        #expect(news.isEmpty)
        #expect(changes.place == place(0, at: -2))
    }

    @Test("what was looked at before and left out for the limit is no news, what was committed late behind it is")
    func limited() {
        var changes = AuditChanges(since: start)
        _ = changes.news(in: [row(6, at: -3), row(7, at: -2), row(8, at: -1)], isFull: false)
        changes.note([row(7, at: -2), row(8, at: -1)])
        #expect(changes.place == place(0, at: -5))
        let late = row(5, at: -4)
        let news = changes.news(in: [late, row(6, at: -3), row(7, at: -2), row(8, at: -1)], isFull: false)
        #expect(news.map(\.eventID) == ["e5"])
    }
}

@Suite("Following the log on a real server", .enabled(if: TestServers.databaseURL != nil))
struct AuditFollowingTests {
    /// Rows of one moment, beyond the present so that how long the test takes is of no account.
    private func insert(_ prefix: String, _ count: Int, at time: String) -> String {
        """
        INSERT INTO notification_log (id, event_id, event_type, dedupe_key, channel, status, received_at, created_at,
            updated_at)
        SELECT gen_random_uuid(), '\(prefix)' || n, 't', '\(prefix)' || n, 'email', 'sent', now(), now(),
            '\(time)'::timestamptz
        FROM generate_series(1, \(count)) n;
        """
    }

    @Test("more rows of one moment than a look takes are all news, each once")
    func pages() async throws {
        let test = try await TestLog()
        let queries = test.log.queries
        var changes = AuditChanges(since: try await queries.now())
        try await test.execute(insert("e", 25, at: "2100-01-01 00:00:03Z"))
        var news: [String] = []
        var isFull = true
        while isFull {
            let found = try await queries.changes(AuditFilter(limit: 10), after: changes.place)
            isFull = found.count == 10
            news += changes.news(in: found, isFull: isFull).map(\.eventID)
        }
        #expect(news.count == 25)
        #expect(Set(news).count == 25)
        let again = try await queries.changes(AuditFilter(limit: 100), after: changes.place)
        #expect(again.count == 25, "looks overlap")
        let repeated = changes.news(in: again, isFull: false)
        #expect(repeated.isEmpty)
        try await test.close()
    }

    @Test("a change that is committed late is news, though a younger one was seen before")
    func late() async throws {
        let test = try await TestLog()
        let queries = test.log.queries
        var changes = AuditChanges(since: try await queries.now())
        let holder = try await test.connection()
        let late = insert("late", 1, at: "2100-01-01 00:00:01Z")
        try await holder.runScript("BEGIN; \(late)", timeout: .seconds(10))
        try await test.execute(insert("young", 1, at: "2100-01-01 00:00:03Z"))
        var found = try await queries.changes(AuditFilter(), after: changes.place)
        var news = changes.news(in: found, isFull: false)
        #expect(news.map(\.eventID) == ["young1"])
        try await holder.runScript("COMMIT", timeout: .seconds(10))
        await holder.close()
        found = try await queries.changes(AuditFilter(), after: changes.place)
        news = changes.news(in: found, isFull: false)
        #expect(news.map(\.eventID) == ["late1"])
        try await test.close()
    }

    @Test("a filter counts while following, too")
    func filtered() async throws {
        let test = try await TestLog()
        let queries = test.log.queries
        let changes = AuditChanges(since: try await queries.now())
        try await test.execute(insert("a", 1, at: "2100-01-01 00:00:01Z") + insert("b", 1, at: "2100-01-01 00:00:01Z"))
        var filter = AuditFilter()
        filter.eventID = "b1"
        let found = try await queries.changes(filter, after: changes.place)
        #expect(found.map(\.dedupeKey) == ["b1"])
        try await test.close()
    }
}
