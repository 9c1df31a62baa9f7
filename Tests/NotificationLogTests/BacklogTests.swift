import Database
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Testing

@testable import NotificationLog

@Suite("The backlog counted on a real server", .enabled(if: TestServers.databaseURL != nil))
struct BacklogTests {
    @Test("an empty schema has no backlog and no oldest times")
    func empty() async throws {
        let test = try await TestLog()
        #expect(try await test.log.queries.backlog() == Backlog())
        try await test.close()
    }

    @Test("what waits for a time, a provider or a resume is parked; what is taken up and copies are not")
    func parked() async throws {
        let test = try await TestLog()
        let holds: [(String, Parking)] = [
            ("due", Parking(hold: .due, delay: .seconds(60))),
            ("breaker", Parking(hold: .breaker, delay: .seconds(60))),
            ("paused", Parking(hold: .paused, delay: nil)),
        ]
        for (key, parking) in holds {
            let claim = try await test.claimed(test.request(key))
            _ = try await test.log.settles.settle(test.settlement(claim, status: .retrying, parking: parking))
        }
        let held = try await test.claimed(test.request("held"))
        let message = StoredMessage(body: [1], headers: "{}")
        #expect(try await test.log.parked.parkCopy(of: held.key, message: message))
        try await test.execute(
            "UPDATE parked SET parked_at = timestamptz '2026-01-02 03:04:05Z' WHERE dedupe_key = 'due'"
        )
        let backlog = try await test.log.queries.backlog()
        #expect(backlog.parked.count == 3)
        #expect(backlog.parked.oldest == Date(timeIntervalSince1970: 1_767_323_045))
        #expect(backlog.uncertain == Backlog.Pile())
        #expect(backlog.deadLetters == Backlog.Pile())
        try await test.execute("UPDATE parked SET hold = 'lease' WHERE dedupe_key = 'due'")
        #expect(try await test.log.queries.backlog().parked.count == 2)
        try await test.close()
    }

    @Test("uncertain ones are counted apart from the parked, dead letters until they are replayed")
    func uncertainAndDead() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("uncertain"))
        var settlement = test.settlement(
            claim,
            status: .uncertain,
            parking: Parking(hold: .uncertain, delay: nil)
        )
        settlement.state = .uncertain
        _ = try await test.log.settles.settle(settlement)
        for key in ["a", "b"] {
            let claim = try await test.claimed(test.request(key))
            _ = try await test.log.settles.settle(test.settlement(claim, status: .failed))
        }
        try await test.execute("UPDATE dead_letter SET died_at = timestamptz '2026-01-02 03:04:05Z' WHERE id = 1")
        let before = try await test.log.queries.backlog()
        #expect(before.parked == Backlog.Pile())
        #expect(before.uncertain.count == 1)
        #expect(before.uncertain.oldest != nil)
        #expect(before.deadLetters == Backlog.Pile(count: 2, oldest: Date(timeIntervalSince1970: 1_767_323_045)))
        try await test.execute("UPDATE dead_letter SET replayed_at = now()")
        #expect(try await test.log.queries.backlog().deadLetters == Backlog.Pile())
        try await test.close()
    }
}
