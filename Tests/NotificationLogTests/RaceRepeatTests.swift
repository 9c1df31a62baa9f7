import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Testing

@testable import NotificationLog

/// A COMMIT whose reply was lost is sent again: here the caller does what the lane would.
@Suite("Commits that come twice, on a real server", .enabled(if: TestServers.databaseURL != nil))
struct RaceRepeatTests {
    @Test("a settle that parks, repeated, parks once and counts one attempt")
    func parkedTwice() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        let parking = Parking(hold: .due, delay: .zero)
        let settlement = test.settlement(claim, status: .retrying, parking: parking)
        for _ in 0..<2 { #expect(try await test.log.settles.settle(settlement).outcome == .settled) }
        #expect(try await test.count("parked") == 1)
        #expect(try await test.count("delivery_attempt") == 1)
        #expect(try await test.row("SELECT attempts::text FROM notification_log") == ["1"])
        #expect(try await test.count("event", where: "states = '{parked}' AND lease_until IS NULL") == 1)
        try await test.close()
    }

    @Test("a settle that ends in a dead letter, repeated, leaves one of everything")
    func deadTwice() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        let settlement = test.settlement(claim, status: .failed)
        for _ in 0..<2 { #expect(try await test.log.settles.settle(settlement).outcome == .settled) }
        #expect(try await test.count("dead_letter") == 1)
        #expect(try await test.count("delivery_attempt") == 1)
        #expect(try await test.count("notification_log", where: "status = 'failed' AND attempts = 1") == 1)
        #expect(try await test.count("parked") == 0)
        try await test.close()
    }

    @Test("a settle that raises resend_count, repeated, raises it once")
    func resendTwice() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        var settlement = test.settlement(claim, status: .retrying, parking: Parking(hold: .due, delay: .zero))
        settlement.resendCount = claim.resendCount + 1
        for _ in 0..<2 { #expect(try await test.log.settles.settle(settlement).outcome == .settled) }
        #expect(try await test.row("SELECT resend_count::text FROM event") == ["1"])
        #expect(try await test.row("SELECT resend_count::text FROM notification_log") == ["1"])
        try await test.close()
    }

    @Test("a settle repeated after another owner took the row up is told so, and changes nothing")
    func repeatedUnderLostToken() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a"))
        let settlement = test.settlement(claim, status: .retrying, parking: Parking(hold: .due, delay: .zero))
        _ = try await test.log.settles.settle(settlement)
        let due = try await test.takeDue(1, by: test.log)
        let taken = try #require(due.first)
        #expect(try await test.log.settles.settle(settlement).outcome == .claimLost)
        #expect(try await test.count("event", where: "states = '{open}' AND lease_until IS NOT NULL") == 1)
        #expect(try await test.count("parked", where: "hold = 'lease'") == 1)
        #expect(try await test.log.settles.settle(test.settlement(taken.claim)).outcome == .settled)
        #expect(try await test.log.settles.settle(settlement).outcome == .claimLost)
        #expect(try await test.count("notification_log", where: "status = 'sent'") == 1)
        #expect(try await test.count("parked") == 0)
        try await test.close()
    }

    @Test("a settle repeated after an operator decided otherwise does not undo the decision")
    func repeatedAfterDecision() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a", channels: [.channel(.sms)]))
        let parking = Parking(hold: .uncertain, delay: nil)
        var settlement = test.settlement(claim, status: .uncertain, parking: parking)
        settlement.state = .uncertain
        _ = try await test.log.settles.settle(settlement)
        try await test.execute(
            """
            UPDATE event SET states = '{settled}'; UPDATE notification_log SET status = 'sent'; DELETE FROM parked
            """
        )
        _ = try await test.log.settles.settle(settlement)
        #expect(try await test.row("SELECT states[1] FROM event") == ["settled"])
        #expect(try await test.row("SELECT status FROM notification_log") == ["sent"])
        #expect(try await test.count("parked") == 0)
        try await test.close()
    }

    @Test("channels fixed, repeated after one of them settled, leave that one settled")
    func fixedTwice() async throws {
        let test = try await TestLog()
        let claim = try await test.claimed(test.request("a", channels: [.none]))
        let channels: [LogChannel] = [.channel(.email), .channel(.sms)]
        let ids = [claim.notifications[0].id, UUID()]
        let decision = EventDecision(
            key: claim.key,
            eventID: claim.eventID,
            fingerprint: [1],
            recipientID: nil,
            channels: channels,
            notificationIDs: ids
        )
        guard case .decided(let fixed) = try await test.log.claims.decide(claim, decision) else {
            throw TestFailure("not decided")
        }
        _ = try await test.log.settles.settle(test.settlement(fixed, index: 0))
        _ = try await test.log.claims.decide(claim, decision)
        #expect(try await test.row("SELECT states::text FROM event") == ["{settled,open}"])
        try await test.close()
    }
}
