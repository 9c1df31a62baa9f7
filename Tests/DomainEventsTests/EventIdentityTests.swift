import FoundationEssentials
import Testing

@testable import DomainEvents

@Suite("Event identity")
struct EventIdentityTests {
    private func identity(_ json: String, dedupe: [String] = ["paymentId"], id: String = "evt-1") throws
        -> EventIdentity
    {
        EventIdentity.of(
            event: try Fixture.decodePayment(json),
            eventID: id,
            dedupeFields: dedupe,
            schema: Fixture.payment
        )
    }

    @Test("without dedupe fields the event id is the key")
    func byID() throws {
        #expect(try identity(Fixture.paymentJSON(), dedupe: []).dedupeKey == "id:evt-1")
    }

    @Test("a dedupe field is the key, whatever the event id")
    func byField() throws {
        let one = try identity(Fixture.paymentJSON(), id: "evt-1")
        let other = try identity(Fixture.paymentJSON(), id: "evt-2")
        #expect(one.dedupeKey == "paymentId:p-1")
        #expect(one == other)
    }

    @Test("ids as numbers and as texts are one fact")
    func numberOrText() throws {
        let number = try identity(Fixture.paymentJSON(paymentId: "7", userId: "1"))
        let text = try identity(Fixture.paymentJSON(paymentId: #""7""#, userId: #""1""#))
        #expect(number.dedupeKey == "paymentId:7")
        #expect(number == text)
    }

    @Test("several fields are joined so that no two facts share a key")
    func severalFields() throws {
        func key(_ payment: String, _ user: String) throws -> String {
            try identity(
                Fixture.paymentJSON(paymentId: "\"\(payment)\"", userId: "\"\(user)\""),
                dedupe: ["paymentId", "userId"]
            ).dedupeKey
        }
        #expect(try key("p", "u") == "paymentId:p|userId:u")
        #expect(try key("p|userId:u", "x") != key("p", "u|userId:x"))
        #expect(try key(#"p\\"#, "u") != key("p", #"\\u"#))
    }

    @Test("an id over 200 bytes counts by its SHA-256, one of 200 by itself")
    func longIDs() throws {
        let long = String(repeating: "x", count: 200)
        #expect(try identity(Fixture.paymentJSON(), dedupe: [], id: long).dedupeKey == "id:\(long)")
        let longer = try identity(Fixture.paymentJSON(), dedupe: [], id: "x" + long).dedupeKey
        #expect(longer == "id:" + ContentDigest.hex(ContentDigest.sha256(("x" + long).utf8)))
        let field = try identity(Fixture.paymentJSON(paymentId: "\"y\(long)\"")).dedupeKey
        #expect(field == "paymentId:" + ContentDigest.hex(ContentDigest.sha256(("y" + long).utf8)))
    }

    @Test("an absent optional dedupe field leaves the id to decide")
    func absentField() throws {
        #expect(try identity(Fixture.paymentJSON(), dedupe: ["paymentId", "note"]).dedupeKey == "id:evt-1")
    }

    @Test(
        "the fingerprint is the same for another spelling of the same values",
        arguments: [
            #"{"currency":"EUR","amount":19.99,"userId":"u-1","paymentId":"p-1"}"#,
            #"{"paymentId":"p-1","userId":"u-1","amount":"19.99","currency":"EUR"}"#,
            #"{"paymentId":"p-1","userId":"u-1","amount":19.990000000000002,"currency":"eur"}"#,
            #"{"paymentId":"p-1","userId":"u-1","amount":19.990,"currency":"EUR","note":"optional","other":1}"#,
        ]
    )
    func sameFingerprint(json: String) throws {
        #expect(try identity(json).fingerprint == identity(Fixture.paymentJSON()).fingerprint)
    }

    @Test(
        "the fingerprint differs for another value of a required field",
        arguments: [
            Fixture.paymentJSON(paymentId: #""p-2""#), Fixture.paymentJSON(userId: #""u-2""#),
            Fixture.paymentJSON(amount: "20"),
            Fixture.paymentJSON(currency: #""USD""#),
        ]
    )
    func otherFingerprint(json: String) throws {
        let other = try identity(json).fingerprint
        #expect(other.count == 32)
        #expect(other != (try identity(Fixture.paymentJSON()).fingerprint))
    }

    @Test("values cannot move from one field into the next")
    func fieldBoundaries() throws {
        let schema = Fixture.schema([("a", "text"), ("b", "text")])
        func fingerprint(_ a: String, _ b: String) throws -> [UInt8] {
            let event = try Fixture.decode(Fixture.message("t", #"{"a":"\#(a)","b":"\#(b)"}"#), schema)
            return EventIdentity.of(event: event, eventID: "1", dedupeFields: [], schema: schema).fingerprint
        }
        #expect(try fingerprint("x,b=1:y", "z") != fingerprint("x", "y,b=1:z"))
        #expect(try fingerprint("xy", "") != fingerprint("x", "y"))
    }

    @Test("times and numbers have one canonical form each")
    func canonicalForms() throws {
        let schema = Fixture.schema([("t", "time"), ("n", "number"), ("l", "list")])
        func fingerprint(_ json: String) throws -> [UInt8] {
            let event = try Fixture.decode(Fixture.message("t", json), schema)
            return EventIdentity.of(event: event, eventID: "1", dedupeFields: [], schema: schema).fingerprint
        }
        let one = try fingerprint(#"{"t":"2026-11-22T10:00:00Z","n":1.50,"l":[{"a":1,"b":"x"}]}"#)
        #expect(try fingerprint(#"{"t":"2026-11-22T11:00:00.000+01:00","n":15e-1,"l":[{"b":"x","a":1.0}]}"#) == one)
        #expect(try fingerprint(#"{"t":"2026-11-22T10:00:00Z","n":1.50,"l":[{"a":"1","b":"x"}]}"#) != one)
    }

    @Test("the fingerprint of an event without required fields is as good as none")
    func unread() throws {
        func fingerprint(_ schema: EventSchema) throws -> [UInt8] {
            let event = try Fixture.decode(Fixture.message("t", #"{"a":"x"}"#), schema)
            return EventIdentity.of(event: event, eventID: "1", dedupeFields: [], schema: schema).fingerprint
        }
        #expect(EventIdentity.isUnread([]))
        #expect(EventIdentity.isUnread(try fingerprint(EventSchema())))
        #expect(EventIdentity.isUnread(try fingerprint(Fixture.schema([("a", "text?")]))))
        #expect(!EventIdentity.isUnread(try fingerprint(Fixture.schema([("a", "text")]))))
    }

    @Test("a message that nobody has read is known by its id, routing key and body together")
    func waiting() {
        func key(_ id: String?, _ routingKey: String = "a", _ body: [UInt8] = [1]) -> String {
            EventIdentity.waitingKey(messageID: id, routingKey: routingKey, body: body)
        }
        #expect(key("e") == key("e"))
        #expect(Set([key("e"), key("f"), key(nil), key("e", "b"), key("e", "a", [2])]).count == 5)
        #expect(EventIdentity.isWaitingKey(key(nil)))
    }

    @Test(
        "keys from before an event could be read are told from its own",
        arguments: [
            ("unread:x", true), ("rejected:x", true), ("id:x", false), ("paymentId:rejected:x", false),
        ]
    )
    func provisional(key: String, isProvisional: Bool) {
        #expect(EventIdentity.isProvisionalKey(key) == isProvisional)
    }

    @Test("a rejected event is known by its id, else by its routing key and body")
    func rejected() {
        #expect(EventIdentity.rejectedKey(eventID: "e", routingKey: "a", body: [1]) == "rejected:e")
        let key = EventIdentity.rejectedKey(eventID: nil, routingKey: "a", body: [1])
        #expect(key == EventIdentity.rejectedKey(eventID: nil, routingKey: "a", body: [1]))
        #expect(key.utf8.count == "rejected:".utf8.count + 64)
        #expect(key != EventIdentity.rejectedKey(eventID: nil, routingKey: "b", body: [1]))
        #expect(key != EventIdentity.rejectedKey(eventID: nil, routingKey: "a", body: [2]))
        // printf abc | sha256sum
        #expect(
            EventIdentity.rejectedKey(eventID: nil, routingKey: "ab", body: [0x63])
                == "rejected:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
    }
}
