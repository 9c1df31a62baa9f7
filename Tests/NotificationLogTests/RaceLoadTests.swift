import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Testing

@testable import NotificationLog

@Suite("Two replicas under load, on a real server", .enabled(if: TestServers.databaseURL != nil))
struct RaceLoadTests {
    @Test("the same events claimed and settled in opposite orders, hundreds of times: each once, and no deadlock")
    func oppositeOrders() async throws {
        let test = try await TestLog()
        let other = try await test.replica()
        let rounds = 100
        for round in 0..<rounds {
            let keys = (0..<12).map { "\(round)-\($0)" }
            let settled = try await withThrowingTaskGroup(of: Int.self, returning: Int.self) { group in
                for (store, order) in [(test.log, keys), (other, keys.reversed())] {
                    for key in order {
                        group.addTask {
                            let outcome = try await store.claims.claim(test.request(key)).outcome
                            guard case .claimed(let claim) = outcome else { return 0 }
                            let result = try await store.settles.settle(test.settlement(claim)).outcome
                            return result == .settled ? 1 : 0
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(settled == keys.count)
        }
        #expect(try await test.count("notification_log", where: "status = 'sent'") == rounds * 12)
        #expect(try await test.count("delivery_attempt") == rounds * 12)
        #expect(try await test.count("event", where: "lease_until IS NOT NULL OR resend_count > 0") == 0)
        await other.close()
        try await test.close()
    }

    @Test("sessions killed under load, again and again: each event is claimed and settled once, nothing is doubled")
    func sessionsKilled() async throws {
        let test = try await TestLog(grace: TestLog.noGrace)
        let events = 400
        let killer = Task {
            var kills = 0
            while try await test.count("notification_log") < events {
                kills += try await test.killSessions()
            }
            return kills
        }
        // In waves: all at once they would be two commits, and over before anything is killed.
        for wave in 0..<20 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<events / 20 {
                    group.addTask {
                        let claim = try await test.claimed(test.request("k\(wave)-\(number)"))
                        let outcome = try await test.log.settles.settle(test.settlement(claim)).outcome
                        #expect(outcome == .settled)
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(try await killer.value > 0)
        #expect(try await test.count("notification_log", where: "status = 'sent' AND attempts = 1") == events)
        #expect(try await test.count("delivery_attempt") == events)
        #expect(try await test.count("event", where: "lease_until IS NOT NULL OR resend_count > 0") == 0)
        try await test.close()
    }
}

extension TestLog {
    /// Ends the sessions that claim or settle in this schema now; returns how many there were.
    fileprivate func killSessions() async throws -> Int {
        let sql = """
            SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity
            WHERE application_name LIKE 'test%' AND pid <> pg_backend_pid()
                AND query ~ '^\\s*(INSERT INTO event|UPDATE event|SELECT e.event_type|WITH input|COMMIT)'
            """
        return try await row(sql)?.first?.flatMap { Int($0) } ?? 0
    }
}
