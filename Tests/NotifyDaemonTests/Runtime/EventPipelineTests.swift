import Broker
import Database
import DomainEvents
import FoundationEssentials
import NotificationLog
import NotifyTestKit
import Pipeline
import Reactor
import Senders
import Testing

@testable import NotifyDaemon

@Suite(
    "The pipeline between a scripted broker and a recording sender, on a real Postgres",
    .enabled(if: TestServers.databaseURL != nil)
)
struct EventPipelineTests {
    @Test("five hundred events go from frame to acknowledgement on the reactor, few wake-ups for each")
    func oneReactor() async throws {
        let fixture = try await PipelineFixture()
        let warmUp = fixture.payment(0, tag: 1)
        await fixture.pipeline.receive([warmUp], from: nil)
        _ = await fixture.answers(1)
        let before = fixture.reactor.executor.statistics
        let deliveries = (1...500).map { fixture.payment($0, tag: UInt64($0 + 1)) }
        await fixture.pipeline.receive(deliveries, from: nil)
        let answers = await fixture.answers(500)
        let after = fixture.reactor.executor.statistics
        #expect(answers.values.allSatisfy { $0 == .acknowledge })
        #expect(fixture.sender.notifications.count == 501)
        #expect(try await fixture.count("notification_log WHERE status = 'sent'") == 501)
        // Sender and answer check the queue themselves; what is left to count is trips through Dispatch.
        let wakeUpsPerEvent = Double(after.wakeUps - before.wakeUps) / 500
        print("executor wake-ups per event: \(wakeUpsPerEvent)")
        #expect(wakeUpsPerEvent < 1)
        try await fixture.close()
    }

    @Test("a duplicate in the same batch waits for the first, is acknowledged and not sent")
    func duplicate() async throws {
        let fixture = try await PipelineFixture()
        await fixture.pipeline.receive([fixture.payment(1, tag: 1), fixture.payment(1, tag: 2)], from: nil)
        #expect(await fixture.answers(2) == [1: .acknowledge, 2: .acknowledge])
        #expect(fixture.sender.notifications.count == 1)
        try await fixture.close()
    }

    @Test("the same payment with another amount is rejected as a conflict, and the first one stands")
    func conflict() async throws {
        let fixture = try await PipelineFixture()
        await fixture.pipeline.receive([fixture.payment(1, tag: 1)], from: nil)
        _ = await fixture.answers(1)
        await fixture.pipeline.receive([fixture.payment(1, tag: 2, amount: "20.00")], from: nil)
        #expect(await fixture.answers(1) == [2: .deadLetter])
        #expect(try await fixture.count("notification_log WHERE error_code = 'identity.conflict'") == 1)
        #expect(fixture.sender.notifications.count == 1)
        try await fixture.close()
    }

    @Test("a transient failure is parked with its due time and acknowledged")
    func parked() async throws {
        let fixture = try await PipelineFixture(verdicts: [.transient(.smtp(450), "busy", retryAfter: nil)])
        await fixture.pipeline.receive([fixture.payment(1, tag: 1)], from: nil)
        #expect(await fixture.answers(1) == [1: .acknowledge])
        #expect(try await fixture.count("notification_log WHERE status = 'retrying' AND attempts = 1") == 1)
        #expect(try await fixture.count("parked WHERE hold = 'due' AND due_at > now() + interval '50 s'") == 1)
        try await fixture.close()
    }

    @Test("what is not sent because it is too late says whose it was")
    func expired() async throws {
        let fixture = try await PipelineFixture()
        let body = """
            {"paymentId": "p1", "userId": 7, "amount": "19.99", "currency": "EUR", "email": "a@example.com",
             "expiresAt": "2020-01-01T00:00:00Z"}
            """
        await fixture.pipeline.receive([fixture.event("payment.completed", body, tag: 1, id: "m1")], from: nil)
        #expect(await fixture.answers(1) == [1: .acknowledge])
        let row = "status = 'expired' AND address_masked = 'a***@example.com' AND address_hash IS NOT NULL"
        #expect(try await fixture.count("notification_log WHERE \(row)") == 1)
        #expect(try await fixture.count("suppression") == 0)
        #expect(fixture.sender.notifications.isEmpty)
        try await fixture.close()
    }

    @Test("a send given up before its last byte goes back to the queue, its claim free for the next delivery")
    func abandoned() async throws {
        let fixture = try await PipelineFixture(verdicts: [.abandoned])
        await fixture.pipeline.receive([fixture.payment(1, tag: 1)], from: nil)
        #expect(await fixture.answers(1) == [1: .requeue])
        #expect(try await fixture.count("notification_log") == 0)
        await fixture.pipeline.receive([fixture.payment(1, tag: 2)], from: nil)
        #expect(await fixture.answers(1) == [2: .acknowledge])
        #expect(try await fixture.count("notification_log WHERE status = 'sent' AND resend_count = 0") == 1)
        try await fixture.close()
    }

    @Test("an uncertain email is sent again and says so: resend_count 1, the same Message-ID base")
    func uncertain() async throws {
        let fixture = try await PipelineFixture(verdicts: [.uncertain(.smtpNoAnswer, "no answer")], retry: [.zero])
        await fixture.pipeline.receive([fixture.payment(1, tag: 1)], from: nil)
        _ = await fixture.answers(1)
        let due = try await fixture.store.parked.takeDue(TakeOrder(limit: 1, resendChannels: [:]))
        await fixture.pipeline.takeUp(try #require(due.first), claimedSince: .now)
        await fixture.pipeline.untilIdle()
        #expect(try await fixture.count("notification_log WHERE status = 'sent' AND resend_count = 1") == 1)
        #expect(Set(fixture.sender.notifications.map(\.stableID)).count == 1)
        try await fixture.close()
    }

    @Test("a send whose wake-up got lost is seen, one that goes on is not, and afterwards nobody is in any stage")
    func lostWakeUp() async throws {
        let fixture = try await PipelineFixture(
            losesWakeUps: true,
            limits: StageLimits(database: .seconds(60), send: .zero)
        )
        #expect(await fixture.pipeline.stuck(databaseIsUp: true) == nil)
        await fixture.pipeline.receive([fixture.payment(1, tag: 1)], from: nil)
        let isSeen = await eventually(within: .seconds(10)) {
            await fixture.pipeline.stuck(databaseIsUp: true)?.stage == .send
        }
        #expect(isSeen)
        fixture.sender.wakeUp()
        #expect(await fixture.answers(1) == [1: .acknowledge])
        await fixture.pipeline.untilIdle()
        #expect(await fixture.pipeline.stages.isEmpty)
        try await fixture.close()
    }

    @Test(
        "two copies of one event, one of them in quarantine and the other on its way there, do not wait for each other",
        .timeLimit(.minutes(1))
    )
    func quarantinedCopies() async throws {
        let fixture = try await PipelineFixture()
        await fixture.pipeline.receive([fixture.payment(1, tag: 1)], from: nil)
        #expect(await fixture.answers(1) == [1: .acknowledge])
        // As if its owner had died before the settle.
        let other = try await fixture.open()
        let undone = "UPDATE event SET states = '{open}', claims = 1, lease_until = now() - interval '1 hour'"
        try await other.runScript(undone, timeout: .seconds(10))
        // The first has the event's key when it finds that it was claimed before, the second has the lane by then.
        var marked = fixture.payment(1, tag: 3)
        marked.properties.headers["x-delivery-count"] = .integer(3)
        await fixture.pipeline.receive([fixture.payment(1, tag: 2), marked], from: nil)
        #expect(await fixture.answers(2) == [2: .acknowledge, 3: .acknowledge])
        #expect(fixture.sender.notifications.count == 2)
        await other.close()
        try await fixture.close()
    }

    @Test("what waited for Postgres too long goes back to the queue once, and its redelivery is sent once")
    func givenBack() async throws {
        let fixture = try await PipelineFixture()
        let other = try await fixture.open()
        try await other.runScript("BEGIN; LOCK TABLE event IN ACCESS EXCLUSIVE MODE", timeout: .seconds(10))
        await fixture.pipeline.receive([fixture.payment(1, tag: 1)], from: nil)
        await fixture.pipeline.giveBack()
        await fixture.pipeline.giveBack()
        #expect(await fixture.answers(1) == [1: .requeue])
        try await other.runScript("COMMIT", timeout: .seconds(10))
        await fixture.pipeline.receive([fixture.payment(1, tag: 2)], from: nil)
        #expect(await fixture.answers(1) == [2: .acknowledge])
        await fixture.pipeline.untilIdle()
        #expect(fixture.sender.notifications.count == 1)
        #expect(try await fixture.count("notification_log WHERE status = 'sent'") == 1)
        await other.close()
        try await fixture.close()
    }

    @Test("poison seen again is dead-lettered again and has its one row")
    func poisonAgain() async throws {
        let fixture = try await PipelineFixture()
        for tag: UInt64 in 1...2 {
            await fixture.pipeline.receive([fixture.event("payment.completed", "{", tag: tag, id: "m1")], from: nil)
            #expect(await fixture.answers(1) == [tag: .deadLetter])
        }
        #expect(try await fixture.count("notification_log WHERE status = 'rejected'") == 1)
        try await fixture.close()
    }

    @Test("poison has one row and is dead-lettered; its neighbour arrives")
    func poison() async throws {
        let fixture = try await PipelineFixture()
        var broken = fixture.payment(1, tag: 1)
        broken.body = Array("{\"paymentId\":".utf8)
        await fixture.pipeline.receive([broken, fixture.payment(2, tag: 2)], from: nil)
        #expect(await fixture.answers(2) == [1: .deadLetter, 2: .acknowledge])
        #expect(try await fixture.count("notification_log WHERE status = 'rejected' AND channel = 'none'") == 1)
        try await fixture.close()
    }
}
