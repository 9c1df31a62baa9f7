import Database
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Pipeline
import Testing

@testable import NotificationLog

@Suite("Uncertain notifications resolved on a real server", .enabled(if: TestServers.databaseURL != nil))
struct OperatorUncertainTests {
    private let note = OperatorNote(who: "ada@host", filter: "--sent")

    private func store(_ test: TestLog) -> UncertainStore {
        UncertainStore(lane: test.log.queries.lane)
    }

    /// Another operator's connection, to be closed.
    private func otherLane(_ test: TestLog) async -> DatabaseLane {
        let lane = DatabaseLane(name: "command", target: test.target, reactor: test.reactor, observer: { _ in })
        await lane.start()
        await lane.untilConnected()
        return lane
    }

    /// All its notifications uncertain, marked as begun.
    private func uncertain(
        _ test: TestLog,
        _ key: String,
        channels: [LogChannel] = [.channel(.sms)]
    ) async throws -> Claim {
        let claim = try await test.claimed(test.request(key, channels: channels))
        for index in channels.indices {
            var settlement = test.settlement(
                claim,
                index: index,
                status: .uncertain,
                parking: Parking(hold: .uncertain, delay: nil)
            )
            settlement.state = .uncertain
            settlement.record.errorCode = ErrorCode(rawValue: "http.no_answer")
            settlement.record.error = "no answer"
            _ = try await test.log.settles.settle(settlement)
        }
        try await test.execute("UPDATE event SET begun = '{sms}'")
        return claim
    }

    @Test("the list shows what is on hold")
    func list() async throws {
        let test = try await TestLog()
        let store = store(test)
        let claim = try await uncertain(test, "a")
        let entries = try await store.entries(eventType: nil, limit: 10)
        #expect(entries.map(\.notificationID) == [claim.notifications[0].id])
        #expect(entries.first?.channel == "sms")
        #expect(entries.first?.errorCode == "http.no_answer")
        #expect(try await store.entries(eventType: "user.signup", limit: 10).isEmpty)
        try await test.close()
    }

    @Test("--sent settles it as sent without an error, its body gone; once however often it runs")
    func sent() async throws {
        let test = try await TestLog()
        let store = store(test)
        let claim = try await uncertain(test, "a")
        let id = claim.notifications[0].id
        let outcomes = try await store.resolve([id.uuidString], as: .sent, note: note)
        #expect(outcomes == [UncertainOutcome(term: id.uuidString, resolved: [id], skip: nil)])
        for _ in 0..<2 {
            let again = try await store.resolve([id.uuidString], as: .sent, note: note)
            #expect(again[0].skip == .other(status: "sent"))
        }
        let row = try await test.row(
            """
            SELECT e.states::text, e.begun::text, l.status, (l.sent_at IS NOT NULL)::text, l.error_code, l.error,
                l.resend_count::text, (SELECT count(*) FROM parked)::text
            FROM event e JOIN notification_log l USING (event_id)
            """,
            columns: 8
        )
        #expect(row == ["{settled}", "{}", "sent", "true", nil, nil, "0", "0"])
        let action = try await test.row(
            "SELECT who, action, filter, targets::text, count::text, count(*) OVER ()::text FROM operator_action",
            columns: 6
        )
        #expect(
            action == ["ada@host", "resolve", "--sent", "{notification:\(id.uuidString.lowercased())}", "1", "1"]
        )
        try await test.close()
    }

    @Test("--resend parks it due now, counted and with a new schedule; a poller takes it with its attempts")
    func resend() async throws {
        let test = try await TestLog()
        let store = store(test)
        let claim = try await uncertain(test, "a")
        let id = claim.notifications[0].id
        let resendNote = OperatorNote(who: "ada@host", filter: "--resend")
        #expect(try await store.resolve([claim.eventID], as: .resend, note: resendNote)[0].resolved == [id])
        let again = try await store.resolve([claim.eventID], as: .resend, note: resendNote)
        #expect(again[0].skip == .other(status: "retrying"))
        let row = try await test.row(
            """
            SELECT e.states::text, e.begun::text, e.schedule_base::text, e.resend_count::text, l.status,
                l.resend_count::text, l.error_code, p.hold, (p.due_at <= now())::text
            FROM event e JOIN notification_log l USING (event_id) JOIN parked p ON p.notification_id = l.id
            """,
            columns: 9
        )
        #expect(row == ["{parked}", "{}", "{1}", "1", "retrying", "1", "http.no_answer", "due", "true"])
        let due = try #require(try await test.log.parked.takeDue(TakeOrder(limit: 10, resendChannels: [:])).first)
        #expect(due.claim.notifications.map(\.attempts) == [1])
        #expect(due.claim.notifications.map(\.isBegun) == [false])
        #expect(due.claim.resendCount == 1)
        #expect(due.message.body == [1, 2, 3])
        try await test.close()
    }

    @Test("an event's id stands for all its uncertain notifications, and for no other")
    func wholeEvent() async throws {
        let test = try await TestLog()
        let store = store(test)
        let claim = try await uncertain(test, "a", channels: [.channel(.email), .channel(.sms)])
        let untouched = try await uncertain(test, "b")
        let outcomes = try await store.resolve([claim.eventID, "nobody"], as: .sent, note: note)
        #expect(Set(outcomes[0].resolved) == Set(claim.notifications.map(\.id)))
        #expect(outcomes[1].skip == .missing)
        let states = try await test.row("SELECT string_agg(states::text, ' ' ORDER BY dedupe_key) FROM event")
        #expect(states == ["{settled,settled} {uncertain}"])
        let left = try await test.row("SELECT string_agg(notification_id::text, ' ') FROM parked")
        #expect(left == [untouched.notifications[0].id.uuidString.lowercased()])
        try await test.close()
    }

    @Test("what has no body any more is not sent again, which would leave it parked for ever, but can be settled")
    func bodyGone() async throws {
        let test = try await TestLog()
        let store = store(test)
        let claim = try await uncertain(test, "a")
        try await test.execute("DELETE FROM parked")
        #expect(try await store.resolve([claim.eventID], as: .resend, note: note)[0].skip == .bodyGone)
        #expect(try await test.row("SELECT states::text FROM event") == ["{uncertain}"])
        #expect(try await store.resolve([claim.eventID], as: .sent, note: note)[0].skip == nil)
        try await test.close()
    }

    @Test("of two operators at once one decides, and one record is kept")
    func twoOperators() async throws {
        let test = try await TestLog()
        let lane = await otherLane(test)
        let (one, other) = (store(test), UncertainStore(lane: lane))
        for key in ["a", "b", "c"] {
            let claim = try await uncertain(test, key)
            async let left = one.resolve([claim.eventID], as: .sent, note: note)
            async let right = other.resolve([claim.eventID], as: .resend, note: note)
            let resolved = try await (left + right).filter { $0.skip == nil }
            #expect(resolved.count == 1)
        }
        #expect(try await test.row("SELECT sum(count)::text FROM operator_action") == ["3"])
        await lane.close()
        try await test.close()
    }
}
