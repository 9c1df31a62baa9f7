import Broker
import Testing

@Suite("Publishing to a real broker", .enabled(if: BrokerFixture.url != nil), .timeLimit(.minutes(2)))
struct PublishingTests {
    private func message(_ fixture: BrokerFixture, _ key: String, id: String) -> PublishedMessage {
        PublishedMessage(
            exchange: fixture.configuration.topology.exchange,
            routingKey: key,
            properties: MessageProperties(
                messageID: id,
                correlationID: "c",
                contentType: "application/json",
                type: "t",
                timestamp: 1_700_000_000,
                headers: ["traceparent": .string("00-ab"), "timestamp_in_ms": .integer(1_700_000_000_123)]
            ),
            body: Array("{}".utf8)
        )
    }

    private func failure(of publisher: ConfirmedPublisher, _ message: PublishedMessage) async -> BrokerError? {
        do {
            try await publisher.publish(message)
            return nil
        } catch {
            return error
        }
    }

    @Test("what was published arrives with all its properties")
    func properties() async throws {
        let fixture = try BrokerFixture()
        let consumer = try await fixture.startedConsumer()
        let publisher = ConfirmedPublisher(configuration: fixture.configuration, reactor: fixture.reactor)
        try await publisher.connect()
        try await publisher.publish(message(fixture, "a.b", id: "m"))
        let record = try await fixture.handler.wait { $0.deliveries.count == 1 }
        var properties = record.deliveries[0].properties
        #expect(properties.deliveryMode == 2)
        properties.deliveryMode = nil
        #expect(properties == message(fixture, "a.b", id: "m").properties)
        #expect(record.deliveries[0].body == Array("{}".utf8))
        await publisher.close()
        await consumer.close()
    }

    @Test("routed and unroutable messages at once: exactly the unroutable ones throw")
    func returned() async throws {
        let fixture = try BrokerFixture(.classic)
        let consumer = try await fixture.startedConsumer()
        let publisher = ConfirmedPublisher(configuration: fixture.configuration, reactor: fixture.reactor)
        try await publisher.connect()
        let failed = await withTaskGroup(of: Int?.self) { group in
            for id in 0..<60 {
                let message = message(fixture, id % 4 == 0 ? "nobody" : "a.b", id: String(id))
                group.addTask {
                    guard let error = await failure(of: publisher, message) else { return nil }
                    return error.code == .returned ? id : -1
                }
            }
            return await group.reduce(into: Set<Int>()) { set, id in if let id { set.insert(id) } }
        }
        #expect(failed == Set(stride(from: 0, to: 60, by: 4)))
        await publisher.close()
        await consumer.close()
    }

    @Test("an exchange that does not exist: every call says so")
    func missingExchange() async throws {
        let fixture = try BrokerFixture()
        let publisher = ConfirmedPublisher(configuration: fixture.configuration, reactor: fixture.reactor)
        try await publisher.connect()
        for _ in 0..<2 {
            let error = await #expect(throws: BrokerError.self) {
                try await publisher.publish(message(fixture, "a.b", id: "m"))
            }
            #expect(error?.replyCode == 404)
        }
        await publisher.close()
    }
}
