import FoundationEssentials
import Testing

@testable import DomainEvents

@Suite("CloudEvents")
struct CloudEventTests {
    private func envelope(_ members: String) -> IncomingMessage {
        Fixture.message(
            "payment.completed",
            """
            {"specversion":"1.0","id":"17","source":"/shop","type":"com.shop.payment","time":"2026-11-22T10:00:00Z",\
            \(members)}
            """,
            id: nil,
            contentType: "Application/CloudEvents+JSON; charset=utf-8"
        )
    }

    @Test(
        "binary mode takes the attributes from headers of either prefix",
        arguments: ["cloudEvents:", "cloudEvents_"]
    )
    func binary(prefix: String) throws {
        let message = Fixture.message(
            "payment.completed",
            Fixture.paymentJSON(),
            id: nil,
            headers: [
                "\(prefix)specversion": "1.0", "\(prefix)id": "17", "\(prefix)source": "/shop",
                "\(prefix)type": "com.shop.payment", "\(prefix)time": "2026-11-22T10:00:00Z",
            ]
        )
        let event = try Fixture.decode(message)
        #expect(event.eventID == "/shop#17")
        #expect(event.declaredType == "com.shop.payment")
        #expect(event.type == "payment.completed")
        #expect(event.occurredAt == Date(timeIntervalSince1970: 1_795_341_600))
        #expect(event.fields["paymentId"] == .id("p-1"))
    }

    @Test("structured mode takes attributes and data from the body")
    func structured() throws {
        let event = try Fixture.decode(envelope(#""data":\#(Fixture.paymentJSON())"#))
        #expect(event.eventID == "/shop#17")
        #expect(event.declaredType == "com.shop.payment")
        #expect(event.occurredAtSource == .cloudEvents)
        #expect(event.fields["paymentId"] == .id("p-1"))
        #expect(event.payload["specversion"] == nil, "the payload is the data, not the envelope")
    }

    @Test("structured mode reads data_base64")
    func base64() throws {
        let data = Data(Fixture.paymentJSON().utf8).base64EncodedString()
        let event = try Fixture.decode(envelope(#""data_base64":"\#(data)""#))
        #expect(event.fields["paymentId"] == .id("p-1"))
    }

    @Test("message_id comes before source#id, and that before eventId")
    func idOrder() throws {
        var message = envelope(#""data":\#(Fixture.paymentJSON(more: #","eventId":"e-9""#))"#)
        message.messageID = "m-1"
        #expect(try Fixture.decode(message).eventID == "m-1")
        message.messageID = nil
        #expect(try Fixture.decode(message).eventID == "/shop#17")
        let plain = Fixture.message("payment.completed", Fixture.paymentJSON(more: #","eventId":9"#), id: nil)
        #expect(try Fixture.decode(plain).eventID == "9")
        let none = Fixture.message("payment.completed", Fixture.paymentJSON(), id: "")
        #expect(try Fixture.decode(none).eventID == nil)
    }

    @Test("an AMQP type that differs from the routing key is recorded, an equal one is not")
    func declaredType() throws {
        let other = Fixture.message("payment.completed", Fixture.paymentJSON(), declaredType: "PaymentCompleted")
        #expect(try Fixture.decode(other).declaredType == "PaymentCompleted")
        let same = Fixture.message("payment.completed", Fixture.paymentJSON(), declaredType: "payment.completed")
        #expect(try Fixture.decode(same).declaredType == nil)
        let long = Fixture.message(
            "payment.completed",
            Fixture.paymentJSON(),
            declaredType: String(repeating: "x", count: 1000)
        )
        #expect(try Fixture.decode(long).declaredType == String(repeating: "x", count: 255))
    }

    @Test(
        "an envelope that breaks the specification is a wrong shape",
        arguments: [
            #"{"id":"1","source":"s","type":"t","data":{}}"#,
            #"{"specversion":"0.3","id":"1","source":"s","type":"t","data":{}}"#,
            #"{"specversion":"1.0","source":"s","type":"t","data":{}}"#,
            #"{"specversion":"1.0","id":"","source":"s","type":"t","data":{}}"#,
            #"{"specversion":"1.0","id":"1","type":"t","data":{}}"#,
            #"{"specversion":"1.0","id":"1","source":"s","data":{}}"#,
            #"{"specversion":"1.0","id":1,"source":"s","type":"t","data":{}}"#,
            #"{"specversion":"1.0","id":"1","source":"s","type":"t","data":"{}"}"#,
            #"{"specversion":"1.0","id":"1","source":"s","type":"t","data":{},"data_base64":"e30="}"#,
            #"{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"***"}"#,
            #"{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":5}"#,
            #"{"specversion":"1.0","id":"1","source":"s","type":"t","time":"noon","data":{}}"#,
            #"{"specversion":"1.0","id":"1","source":"s","type":"t"}"#,
        ]
    )
    func broken(json: String) throws {
        let message = Fixture.message("payment.completed", json, contentType: "application/cloudevents+json")
        #expect(try Fixture.rejection(message).code == .shapeInvalid)
    }

    @Test(
        "a batch and other formats are refused in words",
        arguments: [
            "application/cloudevents-batch+json", "application/cloudevents+avro",
        ]
    )
    func unsupported(contentType: String) throws {
        let message = Fixture.message("payment.completed", "{}", contentType: contentType)
        let rejection = try Fixture.rejection(message)
        #expect(rejection.code == .shapeInvalid)
        #expect(rejection.message.contains("one event a message"))
    }

    @Test("a body that cannot be read is still known by its headers' id")
    func idOfBrokenBody() throws {
        let headers = ["cloudEvents:id": "17", "cloudEvents:source": "/shop"]
        let rejection = try Fixture.rejection(Fixture.message("payment.completed", "{", id: nil, headers: headers))
        #expect(rejection.code == .jsonInvalid)
        #expect(rejection.eventID == "/shop#17")
    }
}
