import Broker
import DomainEvents
import FoundationEssentials
import NotifyTestKit
import Testing

@testable import NotifyDaemon

@Suite("What the pipeline learns of recipients, on a real Postgres", .enabled(if: TestServers.databaseURL != nil))
struct EventContactTests {
    private let payment = #"{"paymentId": "p1", "userId": 7, "amount": "19.99", "currency": "EUR"}"#

    private func signUp(_ email: String, more: String = "") -> String {
        #"{"userId": 7, "email": "\#(email)"\#(more)}"#
    }

    @Test("a payment right behind a sign-up that brings no id finds the contact")
    func rightBehind() async throws {
        let fixture = try await PipelineFixture()
        await fixture.pipeline.receive(
            [
                fixture.event("user.signup", signUp("a@example.com"), tag: 1, id: nil),
                fixture.event("payment.completed", payment, tag: 2, id: "m2"),
            ],
            from: nil
        )
        #expect(await fixture.answers(2) == [1: .acknowledge, 2: .acknowledge])
        #expect(try await fixture.count("notification_log WHERE status = 'sent'") == 2)
        try await fixture.close()
    }

    @Test("a sign-up that is rejected as a conflict leaves the contact as it was, also right behind the first one")
    func conflict() async throws {
        let fixture = try await PipelineFixture()
        await fixture.pipeline.receive(
            [
                fixture.event("user.signup", signUp("a@example.com"), tag: 1, id: "m1"),
                fixture.event("user.signup", signUp("b@example.com"), tag: 2, id: "m2"),
            ],
            from: nil
        )
        #expect(await fixture.answers(2) == [1: .acknowledge, 2: .deadLetter])
        #expect(try await fixture.count("contact WHERE email = 'a@example.com'") == 1)
        let later = fixture.event("user.signup", signUp("c@example.com"), tag: 3, id: "m3")
        await fixture.pipeline.receive([later], from: nil)
        #expect(await fixture.answers(1) == [3: .deadLetter])
        #expect(try await fixture.count("contact WHERE email = 'a@example.com'") == 1)
        try await fixture.close()
    }

    @Test("a copy of a sign-up that waits for it undoes nothing that came behind both")
    func copy() async throws {
        let fixture = try await PipelineFixture()
        let time = #", "occurredAt": "2026-11-22T10:00:00Z""#
        await fixture.pipeline.receive(
            [
                fixture.event("user.signup", signUp("old@example.com", more: time), tag: 1, id: "m1"),
                fixture.event("user.signup", signUp("old@example.com", more: time), tag: 2, id: "m1"),
                fixture.event("user.updated", signUp("new@example.com", more: time), tag: 3, id: "m3"),
            ],
            from: nil
        )
        #expect(await fixture.answers(3) == [1: .acknowledge, 2: .acknowledge, 3: .acknowledge])
        #expect(try await fixture.count("contact WHERE email = 'new@example.com'") == 1)
        try await fixture.close()
    }

    @Test("of a sign-up and an update of the same time the one received later counts")
    func tie() async throws {
        let fixture = try await PipelineFixture()
        let time = #", "occurredAt": "2026-11-22T10:00:00Z""#
        await fixture.pipeline.receive(
            [
                fixture.event("user.signup", signUp("old@example.com", more: time), tag: 1, id: nil),
                fixture.event("user.updated", signUp("new@example.com", more: time), tag: 2, id: "m2"),
            ],
            from: nil
        )
        #expect(await fixture.answers(2) == [1: .acknowledge, 2: .acknowledge])
        #expect(try await fixture.count("contact WHERE email = 'new@example.com'") == 1)
        try await fixture.close()
    }
}
