import Broker
import FoundationEssentials
import Pipeline
import Testing

@testable import NotifyDaemon

@Suite("Commands: publish")
struct PublishTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("Data is sent byte for byte")
    func data() {
        let body = Array(#"{"paymentId": "p", "amount": 19.990}"#.utf8)
        #expect(EventSource(body: body).body(ending: "x") == body)
    }

    @Test("A sample gets a fresh identity and keeps everything else byte for byte")
    func sample() {
        let body = #"{"paymentId" : "pay\"1", "userId": 42, "amount": 19.990}"#
        let source = EventSource(body: Array(body.utf8), identityFields: ["paymentId", "userId", "absent"])
        #expect(
            text(source.body(ending: "ab12"))
                == #"{"paymentId" : "pay\"1-ab12", "userId": "42-ab12", "amount": 19.990}"#
        )
    }

    @Test("Every built-in type has a sample to publish, that stays a JSON object")
    func builtInSamples() throws {
        let catalogue = try Catalogue.load(path: nil, options: CatalogueOptions())
        for type in catalogue.types.keys {
            let source = try EventSource(sampleOf: type, in: catalogue)
            #expect(EventSource(body: source.body(ending: "x")).complaint == nil)
        }
        #expect(throws: CommandFailure(.failed, "user.singup is not in the catalogue; the nearest is user.signup")) {
            try EventSource(sampleOf: "user.singup", in: catalogue)
        }
    }

    @Test("What the daemon would reject is complained about")
    func complaint() {
        #expect(EventSource(body: Array("{".utf8)).complaint?.contains("not a JSON object") == true)
        #expect(EventSource(body: Array("[]".utf8)).complaint?.contains("not a JSON object") == true)
        #expect(EventSource(body: Array(repeating: 32, count: (1 << 20) + 1)).complaint?.contains("1 MiB") == true)
    }

    @Test("An event is persistent JSON with its own UUIDv7, its time in seconds and milliseconds, and trace headers")
    func message() throws {
        let event = PublishedEvent(
            type: "user.signup",
            source: EventSource(body: [0x7B, 0x7D]),
            exchange: "domain-events",
            id: UUIDv7.make(milliseconds: 1_768_469_400_123, random: (1, 2)),
            now: 1_768_469_400_123_000_000
        )
        let message = event.message(headers: ["traceparent": "00-x"])
        #expect(message.exchange == "domain-events")
        #expect(message.routingKey == "user.signup")
        #expect(message.body == [0x7B, 0x7D])
        #expect(message.properties.messageID?.split(separator: "-")[2].first == "7")
        #expect(message.properties.contentType == "application/json")
        #expect(message.properties.deliveryMode == 2)
        #expect(message.properties.timestamp == 1_768_469_400)
        #expect(message.properties.headers["timestamp_in_ms"] == .integer(1_768_469_400_123))
        #expect(message.properties.headers["traceparent"] == .string("00-x"))
    }

    @Test("Two events have two ids")
    func ids() {
        let source = EventSource(body: [])
        let first = PublishedEvent(type: "t", source: source, exchange: "e")
        #expect(first.messageID != PublishedEvent(type: "t", source: source, exchange: "e").messageID)
    }
}
