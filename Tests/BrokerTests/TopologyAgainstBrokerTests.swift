import Broker
import Testing

@Suite("Topology on a real broker", .enabled(if: BrokerFixture.url != nil), .timeLimit(.minutes(2)))
struct TopologyAgainstBrokerTests {
    @Test("declared twice: no error, and the probe finds all present")
    func idempotent() async throws {
        let fixture = try BrokerFixture()
        for _ in 0..<2 {
            let consumer = fixture.consumer()
            await consumer.start()
            try await fixture.handler.wait { $0.events.last == .consuming }
            await consumer.close()
        }
        let report = await BrokerProbe.run(fixture.configuration)
        #expect(report.isHealthy)
        #expect(report.items.map(\.state) == [.present, .present, .present, .present])
        #expect(try report.nodes[0].result.get().product == "RabbitMQ")
    }

    @Test("a queue with other arguments: the end, with both sides and the ways out; nothing is changed")
    func mismatch() async throws {
        let fixture = try BrokerFixture()
        let queue = fixture.configuration.topology.queue
        try RawAMQP(fixture.node).declareQueue(queue)
        let consumer = fixture.consumer()
        await consumer.start()
        let record = try await fixture.handler.wait { !$0.mismatches.isEmpty }
        let text = try #require(record.mismatches.first).description
        for part in ["'\(queue)'", "x-queue-type=quorum", "inequivalent arg", "rabbitmq.declare"] {
            #expect(text.contains(part), "\(text)")
        }
        await consumer.close()
        #expect(try RawAMQP(fixture.node).readyCount(queue) == 0)
        let report = await BrokerProbe.run(fixture.configuration)
        #expect(!report.isHealthy)
        guard case .differs = report.items.first(where: { $0.name == queue })?.state else {
            Issue.record("the probe must say that the queue differs: \(report.items)")
            return
        }
    }

    @Test("declare off, something missing: says what, declares nothing, keeps trying; then all is there: consumes")
    func passive() async throws {
        var fixture = try BrokerFixture()
        fixture.configuration.declaresTopology = false
        let waiting = fixture.consumer()
        await waiting.start()
        let record = try await fixture.handler.wait { record in
            record.events.contains { if case .retrying = $0 { true } else { false } }
        }
        let loss = try #require(record.losses.first)
        #expect(loss.code == .topology)
        #expect(loss.message.contains(fixture.configuration.topology.deadLetterExchange))
        let probe = await BrokerProbe.run(fixture.configuration)
        #expect(probe.items.map(\.state) == [.missing, .missing, .missing, .missing])
        #expect(!probe.isHealthy)

        var declaring = fixture.configuration
        declaring.declaresTopology = true
        let other = RecordingHandler(reactor: fixture.reactor)
        let maker = EventConsumer(configuration: declaring, reactor: fixture.reactor, handler: other)
        await maker.start()
        try await other.wait { $0.events.contains(.consuming) }
        try await fixture.handler.wait { $0.events.contains(.consuming) }
        await waiting.close()
        await maker.close()
    }

    @Test("bound later: the new type arrives")
    func bindLater() async throws {
        let fixture = try BrokerFixture(.classic)
        let consumer = try await fixture.startedConsumer()
        await consumer.bind(["new.type"])
        let publisher = ConfirmedPublisher(configuration: fixture.configuration, reactor: fixture.reactor)
        try await publisher.connect()
        let message = PublishedMessage(
            exchange: fixture.configuration.topology.exchange,
            routingKey: "new.type",
            body: [1]
        )
        // The bind went out on another connection: until it is there the message comes back.
        var isRouted = false
        while !isRouted {
            do {
                try await publisher.publish(message)
                isRouted = true
            } catch {
                #expect(error.code == .returned)
            }
        }
        try await fixture.handler.wait { $0.deliveries.first?.routingKey == "new.type" }
        await publisher.close()
        await consumer.close()
    }

    @Test("the probe of a node that is away: its error, and nothing healthy")
    func probeAway() async throws {
        var fixture = try BrokerFixture()
        fixture.configuration.nodes[0].port = 1
        let report = await BrokerProbe.run(fixture.configuration)
        #expect(!report.isHealthy)
        #expect(report.items.isEmpty)
        let error = #expect(throws: BrokerError.self) { try report.nodes[0].result.get() }
        #expect(error?.code == .connect)
        #expect(error?.message.contains("refused") == true)
    }

    @Test("the probe of a virtual host that is not there: a refusal, since the broker answered")
    func probeElsewhere() async throws {
        var fixture = try BrokerFixture()
        fixture.configuration.nodes[0].virtualHost = "nobody-made-it"
        let report = await BrokerProbe.run(fixture.configuration)
        let error = #expect(throws: BrokerError.self) { try report.nodes[0].result.get() }
        #expect(error?.replyCode == 530)
        #expect(error?.isRefusal == true)
    }
}
