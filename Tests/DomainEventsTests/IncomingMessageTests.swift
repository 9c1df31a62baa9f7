import FoundationEssentials
import Testing

@testable import DomainEvents

@Suite("Incoming messages")
struct IncomingMessageTests {
    @Test("a stored message comes back as it was")
    func roundTrip() throws {
        let message = Fixture.message(
            "payment.completed",
            "{\u{0}}",
            declaredType: "t",
            timestamp: Fixture.receivedAt,
            headers: ["a": "b"]
        )
        let stored = try JSONEncoder().encode(message)
        #expect(try JSONDecoder().decode(IncomingMessage.self, from: stored) == message)
    }

    @Test("no text of a message holds NUL, which nothing could record")
    func nul() throws {
        let message = Fixture.message(
            "payment\u{0}.completed",
            "{}",
            id: "e\u{0}",
            headers: ["a\u{0}": "b", "c": "\u{0}"]
        )
        #expect(message.routingKey == "payment\u{FFFD}.completed")
        #expect(message.messageID == "e\u{FFFD}")
        #expect(message.headers == ["a\u{FFFD}": "b", "c": "\u{FFFD}"])
        let stored = String(decoding: try JSONEncoder().encode(message), as: UTF8.self)
        #expect(!stored.contains("\\u0000"))
    }

    @Test("an empty message_id is none")
    func emptyID() {
        #expect(Fixture.message("payment.completed", "{}", id: "").messageID == nil)
    }

    @Test("a message_id with other control characters is a wrong shape, and not the id of its rejection")
    func controlInID() throws {
        let rejection = try Fixture.rejection(
            Fixture.message("payment.completed", Fixture.paymentJSON(), id: "a\nb")
        )
        #expect(rejection.code == .shapeInvalid)
        #expect(rejection.eventID == nil)
    }
}
