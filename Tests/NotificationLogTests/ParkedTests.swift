import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Testing

@testable import NotificationLog

@Suite("Parked notifications on a real server", .enabled(if: TestServers.databaseURL != nil))
struct ParkedTests {
    @Test("a parked notification is taken when due, once, with its attempts, and loses its body when it settles")
    func parkedOnce() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        let parking = Parking(hold: .due, delay: .zero)
        _ = try await test.log.settles.settle(test.settlement(claim, status: .retrying, parking: parking))
        #expect(try await test.log.claims.claim(test.request("a")).outcome == .duplicate)

        let due = try await test.log.parked.takeDue(
            TakeOrder(limit: 10, resendChannels: ["payment.completed": [.email]])
        )
        let taken = try #require(due.first)
        #expect(due.count == 1)
        #expect(taken.message.body == [1, 2, 3])
        #expect(taken.claim.notifications[0].attempts == 1)
        #expect(taken.claim.notifications[0].state == .open)
        #expect(taken.claim.resendCount == 0)
        #expect(try await test.log.parked.takeDue(TakeOrder(limit: 10, resendChannels: [:])).isEmpty)

        _ = try await test.log.settles.settle(test.settlement(taken.claim))
        #expect(try await test.row("SELECT count(*)::text FROM parked") == ["0"])
        let row = try await test.row("SELECT status, attempts::text FROM notification_log", columns: 2)
        #expect(row == ["sent", "2"])
        try await test.close()
    }

    @Test("with nothing parked there is no next time")
    func empty() async throws {
        let test = try await TestLog()
        #expect(try await test.log.parked.timeToNextDue() == nil)
        try await test.close()
    }

    @Test("one that is not due yet stays, and its time is known")
    func notDue() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        let parking = Parking(hold: .due, delay: .seconds(30))
        _ = try await test.log.settles.settle(test.settlement(claim, status: .retrying, parking: parking))
        #expect(try await test.log.parked.takeDue(TakeOrder(limit: 10, resendChannels: [:])).isEmpty)
        let next = try #require(try await test.log.parked.timeToNextDue())
        #expect(next > .seconds(20) && next <= .seconds(30))
        try await test.close()
    }

    @Test("a copy waits for the owner's lease, and goes with the owner's settle")
    func copyGoes() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        let message = StoredMessage(body: [9], headers: "{}")
        #expect(try await test.log.parked.parkCopy(of: claim.key, message: message))
        #expect(try await test.row("SELECT hold FROM parked") == ["lease"])
        _ = try await test.log.settles.settle(test.settlement(claim))
        #expect(try await test.row("SELECT count(*)::text FROM parked") == ["0"])
        #expect(try await test.log.parked.parkCopy(of: claim.key, message: message) == false)
        #expect(try await test.row("SELECT count(*)::text FROM parked") == ["0"])
        try await test.close()
    }

    @Test("a due copy whose owner died takes the event over; one whose owner lives waits on")
    func copyTakesOver() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        _ = try await test.log.parked.parkCopy(of: claim.key, message: StoredMessage(body: [9], headers: "{}"))
        try await test.execute("UPDATE parked SET due_at = now()")
        #expect(try await test.log.parked.takeDue(TakeOrder(limit: 10, resendChannels: [:])).isEmpty)
        try await test.execute("UPDATE parked SET due_at = now(); UPDATE event SET lease_until = now()")
        let due = try await test.log.parked.takeDue(
            TakeOrder(limit: 10, resendChannels: ["payment.completed": [.email]])
        )
        #expect(due.map(\.message.body) == [[9]])
        #expect(due.first?.claim.resendCount == 1)
        try await test.close()
    }

    @Test("an undecided event is parked whole, and its row turns into the first channel's")
    func undecided() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a", channels: [.none]))
        let parking = Parking(hold: .due, delay: .zero, isWholeEvent: true)
        _ = try await test.log.settles.settle(test.settlement(claim, status: .retrying, parking: parking))
        #expect(try await test.row("SELECT channel FROM notification_log") == ["none"])
        let due = try #require(try await test.log.parked.takeDue(TakeOrder(limit: 10, resendChannels: [:])).first)
        let first = due.claim.notifications[0].id
        let outcome = try await test.log.claims.decide(
            due.claim,
            EventDecision(
                key: due.claim.key,
                eventID: "its own",
                fingerprint: [1],
                recipientID: "42",
                channels: [.channel(.email), .channel(.sms)],
                notificationIDs: [first, UUID()]
            )
        )
        guard case .decided(let fixed) = outcome else { throw TestFailure("not decided") }
        for index in fixed.notifications.indices {
            _ = try await test.log.settles.settle(test.settlement(fixed, index: index))
        }
        let sql = "SELECT string_agg(channel || ' ' || status, ', ' ORDER BY channel) FROM notification_log"
        let row = try await test.row(sql)
        #expect(row == ["email sent, sms sent"])
        #expect(try await test.row("SELECT DISTINCT event_id FROM notification_log") == ["its own"])
        #expect(try await test.row("SELECT event_id FROM event") == ["its own"])
        #expect(try await test.row("SELECT count(*)::text FROM parked") == ["0"])
        try await test.close()
    }

    @Test("a failure for good moves the body to dead_letter in the same commit")
    func deadLetter() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        _ = try await test.log.settles.settle(test.settlement(claim, status: .failed))
        let row = try await test.row("SELECT reason, channel, event_id FROM dead_letter", columns: 3)
        #expect(row == ["failed", "email", "event-a"])
        let listed = try await test.log.queries.deadLetters(DeadLetterFilter())
        #expect(listed.map(\.message.body) == [[1, 2, 3]])
        try await test.close()
    }
}
