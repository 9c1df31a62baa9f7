import FoundationEssentials
import Testing

@testable import DomainEvents

@Suite("Event decoding")
struct EventDecoderTests {
    @Test("a payment becomes typed fields, unknown members stay in the payload")
    func payment() throws {
        let event = try Fixture.decodePayment(Fixture.paymentJSON(more: #","note":"Danke","shop":{"name":"Blumen"}"#))
        #expect(event.type == "payment.completed")
        #expect(event.eventID == "evt-1")
        #expect(event.recipientID == "u-1")
        #expect(event.fields["paymentId"] == .id("p-1"))
        #expect(event.fields["note"] == .text("Danke"))
        let euro = try #require(Currency("EUR"))
        #expect(event.fields["currency"] == .currency(euro))
        #expect(event.fields["amount"] == .money(try Money(.exactly("19.99"), euro)))
        #expect(event.payload["shop"] == .object(["name": .string("Blumen")]))
        #expect(event.fields["shop"] == nil)
        #expect(event.contactChange == nil)
    }

    @Test("a sign-up carries the contact it came with")
    func signup() throws {
        let json = """
            {"userId": 42, "email": "anna@example.com", "name": "Anna", "phone": "+4915112345678", "locale": "de-AT",
             "preferredChannel": "sms", "timezone": "Europe/Vienna", "optOut": ["marketing"]}
            """
        let event = try Fixture.decode(Fixture.message("user.signup", json), Fixture.signup)
        #expect(event.recipientID == "42")
        let change = try #require(event.contactChange)
        #expect(change.recipientID == "42")
        #expect(!change.isDeletion)
        #expect(change.fields.email == .value("anna@example.com"))
        #expect(change.fields.phone == .value("+4915112345678"))
        #expect(change.fields.name == .value("Anna"))
        #expect(change.fields.locale == .value("de-AT"))
        #expect(change.fields.preferredChannel == .value("sms"))
        #expect(change.fields.timezone == .value("Europe/Vienna"))
        #expect(change.fields.optOut == .absent, "only user.updated changes opt-outs")
    }

    @Test("a null contact field is as good as a missing one: it comes from the contacts")
    func nullContact() throws {
        let event = try Fixture.decodePayment(Fixture.paymentJSON(more: #","phone":null,"email":null"#))
        #expect(event.contact.isEmpty)
    }

    @Test("a sign-up with a null removes nothing that is known")
    func nullInSignup() throws {
        let json = #"{"userId":1,"email":"anna@example.com","phone":null}"#
        let event = try Fixture.decode(Fixture.message("user.signup", json), Fixture.signup)
        #expect(try #require(event.contactChange).fields == ContactFields(email: .value("anna@example.com")))
    }

    @Test("an invalid address is no rejection, and a contact does not store it")
    func invalidAddress() throws {
        let event = try Fixture.decodePayment(
            Fixture.paymentJSON(more: #","email":"a@b.example,c@d.example","phone":"0151"# + #"""#)
        )
        #expect(event.contact.email == .value("a@b.example,c@d.example"))
        #expect(event.contact.storable.email == .absent)
        #expect(event.contact.storable.phone == .absent)
    }

    @Test(
        "a contact field of another JSON type is a wrong shape",
        arguments: [
            #""email":5"#, #""phone":4915112345678"#, #""name":{"first":"A"}"#, #""locale":true"#, #""timezone":[]"#,
            #""preferredChannel":1"#,
        ]
    )
    func contactOfWrongType(member: String) throws {
        #expect(try Fixture.paymentRejection(Fixture.paymentJSON(more: ",\(member)")).code == .shapeInvalid)
    }

    @Test("user.updated changes contact fields and opt-outs")
    func userUpdated() throws {
        let json =
            #"{"userId":"u-1","email":null,"name":"Anna","optOut":["marketing"],"occurredAt":"2026-11-22T10:00:00Z"}"#
        let change = try EventDecoder().decodeContactChange(Fixture.message(ContactEvent.updated, json))
        #expect(change.fields.email == .removed)
        #expect(change.fields.name == .value("Anna"))
        #expect(change.fields.phone == .absent)
        #expect(change.fields.optOut == .value(["marketing"]))
        #expect(change.occurredAt == Date(timeIntervalSince1970: 1_795_341_600))
        #expect(!change.isDeletion)
    }

    @Test("user.deleted empties the contact whatever else it carries")
    func userDeleted() throws {
        let json = #"{"userId":7,"email":"anna@example.com"}"#
        let change = try EventDecoder().decodeContactChange(Fixture.message(ContactEvent.deleted, json))
        #expect(change.recipientID == "7")
        #expect(change.isDeletion)
        #expect(change.fields.isEmpty)
        #expect(ContactEvent.isContactOnly("user.deleted"))
        #expect(!ContactEvent.isContactOnly("user.signup"))
    }

    @Test(
        "a contact change without userId, or with opt-outs that are no list of texts, is a wrong shape",
        arguments: [
            "{}", #"{"userId":null}"#, #"{"userId":"u","optOut":"marketing"}"#, #"{"userId":"u","optOut":[1]}"#,
        ]
    )
    func wrongContactChange(json: String) throws {
        let rejection = try #require(throws: EventRejection.self) {
            try EventDecoder().decodeContactChange(Fixture.message(ContactEvent.updated, json))
        }
        #expect(rejection.code == .shapeInvalid)
        #expect(rejection.eventID == "evt-1")
    }

    @Test(
        "a required field that is missing or null is a wrong shape that names the field",
        arguments: [
            ("paymentId", #"{"userId":"u","amount":1,"currency":"EUR"}"#),
            ("userId", #"{"paymentId":"p","userId":null,"amount":1,"currency":"EUR"}"#),
            ("amount", #"{"paymentId":"p","userId":"u","currency":"EUR"}"#),
        ]
    )
    func missingField(name: String, json: String) throws {
        let rejection = try Fixture.paymentRejection(json)
        #expect(rejection == EventRejection(code: .shapeInvalid, message: "\(name) is missing", eventID: "evt-1"))
    }

    @Test("an optional field that is null is absent")
    func nullOptional() throws {
        #expect(try Fixture.decodePayment(Fixture.paymentJSON(more: #","note":null"#)).fields["note"] == nil)
    }

    @Test("integer ids and string ids are the same", arguments: ["7", #""7""#, "7.0", "7e0"])
    func integerIDs(userId: String) throws {
        #expect(try Fixture.decodePayment(Fixture.paymentJSON(userId: userId)).recipientID == "7")
    }

    @Test("integers beyond a double's 53 bits keep every digit")
    func largeIntegerID() throws {
        let event = try Fixture.decodePayment(Fixture.paymentJSON(paymentId: "18446744073709551615"))
        #expect(event.fields["paymentId"] == .id("18446744073709551615"))
    }

    @Test(
        "what is no id is a wrong shape",
        arguments: [
            #""""#, "1.5", "true", "[1]", #"{"id":1}"#, #""a\u0000b""#, #""a\nb""#, #""a\u0085b""#,
            "18446744073709551616",
            "1e30", "\"\(String(repeating: "x", count: 1025))\"",
        ]
    )
    func wrongID(userId: String) throws {
        #expect(try Fixture.paymentRejection(Fixture.paymentJSON(userId: userId)).code == .shapeInvalid)
    }

    @Test("each declared type takes its own JSON type and refuses the others")
    func declaredTypes() throws {
        let schema = Fixture.schema([
            ("text", "text?"), ("url", "url?"), ("time", "time?"), ("number", "number?"), ("flag", "boolean?"),
            ("list", "list?"),
        ])
        func decode(_ json: String) throws -> [String: FieldValue] {
            try Fixture.decode(Fixture.message("order.shipped", json), schema).fields
        }
        #expect(try decode(#"{"text":"a"}"#) == ["text": .text("a")])
        #expect(try decode(#"{"url":"https://example.com/a"}"#) == ["url": .url("https://example.com/a")])
        #expect(try decode(#"{"time":"1970-01-01T00:00:01Z"}"#) == ["time": .time(Date(timeIntervalSince1970: 1))])
        #expect(try decode(#"{"number":0.1}"#) == ["number": .number(.exactly("0.1"))])
        #expect(try decode(#"{"flag":false}"#) == ["flag": .boolean(false)])
        #expect(try decode(#"{"list":[1,"a"]}"#) == ["list": .list([.number(1), .string("a")])])
        for json in [
            #"{"text":1}"#, #"{"url":true}"#, #"{"url":"foo"}"#, #"{"time":1795000000}"#, #"{"time":"yesterday"}"#,
            #"{"number":"1"}"#, #"{"flag":"true"}"#, #"{"flag":0}"#, #"{"list":{}}"#,
        ] {
            let rejection = try Fixture.rejection(Fixture.message("order.shipped", json), schema)
            #expect(rejection.code == .shapeInvalid, "\(json)")
        }
    }

    @Test("expiresAt is read on any event, and has to be a time only where the type says so")
    func expiresAt() throws {
        let json = Fixture.paymentJSON(more: #","expiresAt":"2026-11-22T10:00:00+01:00""#)
        #expect(try Fixture.decodePayment(json).expiresAt == Date(timeIntervalSince1970: 1_795_338_000))
        for other in [#""12/27""#, "1795000000", "{}"] {
            let event = try Fixture.decodePayment(Fixture.paymentJSON(more: #","expiresAt":\#(other)"#))
            #expect(event.expiresAt == nil && event.payload["expiresAt"] != nil)
        }
        let wrong = #"{"userId":1,"token":"t","expiresAt":"12/27"}"#
        let rejection = try Fixture.rejection(Fixture.message("user.password-reset", wrong), Fixture.reset)
        #expect(rejection.code == .shapeInvalid)
        let card = Fixture.schema([("expiresAt", "text")])
        let event = try Fixture.decode(Fixture.message("card.expiring", #"{"expiresAt":"12/27"}"#), card)
        #expect(event.expiresAt == nil)
        #expect(event.fields["expiresAt"] == .text("12/27"))
    }

    @Test(
        "an event of an unknown type may have anything in its fields",
        arguments: [
            #""expiresAt":"12/27""#, #""email":{}"#, #""userId":{}"#, #""name":[]"#, #""userId":"""#, #""phone":5"#,
        ]
    )
    func unknownType(member: String) throws {
        let event = try EventDecoder().decodeUnknown(Fixture.message("card.expiring", "{\(member)}"))
        #expect(event.type == "card.expiring")
        #expect(event.eventID == "evt-1")
        #expect(event.recipientID == nil)
        #expect(event.contact.isEmpty && event.fields.isEmpty && event.expiresAt == nil)
        #expect(event.payload.count == 1)
    }

    @Test("an event of an unknown type has the recipient it names, and has to be an object like any other")
    func unknownTypeEnvelope() throws {
        let event = try EventDecoder().decodeUnknown(Fixture.message("card.expiring", #"{"userId":7}"#))
        #expect(event.recipientID == "7")
        let rejection = try #require(throws: EventRejection.self) {
            try EventDecoder().decodeUnknown(Fixture.message("card.expiring", "[1]"))
        }
        #expect(rejection.code == .shapeInvalid)
        #expect(rejection.eventID == "evt-1")
    }

    @Test("a body over the limit is refused by its announced size, unread")
    func tooLarge() throws {
        var message = Fixture.message("payment.completed", "{")
        message.bodySize = 1 << 20
        #expect(try Fixture.rejection(message).code == .jsonInvalid)
        message.bodySize += 1
        let rejection = try Fixture.rejection(message)
        #expect(rejection.code == .bodyTooLarge)
        #expect(rejection.eventID == "evt-1")
    }

    @Test("a rejection's words never hold a value of the event")
    func rejectionsAreSilent() throws {
        let secret = "s3cret-value"
        for json in [
            Fixture.paymentJSON(amount: "\"\(secret)\""), Fixture.paymentJSON(currency: "\"\(secret)\""),
            Fixture.paymentJSON(more: #","occurredAt":"\#(secret)""#), "{\"\(secret)",
        ] {
            #expect(!(try Fixture.paymentRejection(json)).message.contains(secret))
        }
    }
}
