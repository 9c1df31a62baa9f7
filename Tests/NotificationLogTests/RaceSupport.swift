import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Reactor
import Testing

@testable import NotificationLog

extension TestLog {
    static let resends: [String: [Channel]] = ["payment.completed": [.email]]
    static let noGrace = TakeOverGrace(afterServerStart: .zero, afterReconnect: .zero)

    /// Another replica: its own reactor, its own connections, the same schema.
    func replica(lease: Duration = .seconds(60)) async throws -> NotificationStore {
        let other = NotificationStore(
            target: target,
            reactor: Reactor(label: "other"),
            lease: lease,
            grace: Self.noGrace,
            observer: { _ in }
        )
        await other.start()
        try await connected(other)
        return other
    }

    /// Takes up at most `limit` of what is due.
    func takeDue(_ limit: Int, by store: NotificationStore) async throws -> [DueEvent] {
        try await store.parked.takeDue(TakeOrder(limit: limit, resendChannels: Self.resends))
    }

    /// Take-ups do not wait for their connection by themselves.
    func connected(_ store: NotificationStore) async throws {
        let isConnected = await eventually {
            do {
                _ = try await store.parked.timeToNextDue()
                return true
            } catch {
                return false
            }
        }
        try #require(isConnected)
    }

    /// The whole table as the number of its rows.
    func count(_ table: String, where condition: String = "true") async throws -> Int {
        try await row("SELECT count(*)::text FROM \(table) WHERE \(condition)")?.first?.flatMap { Int($0) } ?? -1
    }

    /// Claims and parks `count` events, due at once.
    func parkDue(_ count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    let claim = try await claimed(request("k\(number)"))
                    let parking = Parking(hold: .due, delay: .zero)
                    _ = try await log.settles.settle(settlement(claim, status: .retrying, parking: parking))
                }
            }
            try await group.waitForAll()
        }
    }

    /// Keeps an event's row locked until `body` has returned, and until as many sessions wait for it.
    func whileLocked(_ key: EventKey, _ body: (Blocker) async throws -> Void) async throws {
        let holder = try await connection()
        let lock = "BEGIN; SELECT FROM event WHERE dedupe_key = '\(key.dedupeKey)' FOR UPDATE"
        try await holder.runScript(lock, timeout: .seconds(10))
        try await body(Blocker(test: self))
        try await holder.runScript("COMMIT", timeout: .seconds(10))
        await holder.close()
    }

    struct Blocker {
        var test: TestLog

        /// Returns when `count` sessions of this test wait for a lock.
        func untilWaiting(_ count: Int) async throws {
            let sql = """
                SELECT count(*)::text FROM pg_stat_activity
                WHERE wait_event_type = 'Lock' AND query LIKE '%event%' AND datname = current_database()
                    AND pid IN (SELECT pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                        WHERE c.relname = 'event' AND c.relnamespace = '\(test.schema)'::regnamespace)
                """
            let isWaiting = try await eventually { try await test.row(sql) == ["\(count)"] }
            try #require(isWaiting)
        }
    }
}
