import Broker
import NotifyTestKit
import Testing

@Suite("Consuming from a real broker", .enabled(if: BrokerFixture.url != nil), .timeLimit(.minutes(2)))
struct ConsumingTests {
    @Test(
        "settled in any order: each acknowledged once, the channel stays open, the queue ends empty",
        arguments: BrokerTopology.QueueType.allCases
    )
    func randomOrder(_ queueType: BrokerTopology.QueueType) async throws {
        let fixture = try BrokerFixture(queueType)
        let consumer = try await fixture.startedConsumer()
        try await fixture.publish(300)
        let first = try await fixture.handler.wait { $0.deliveries.count >= 256 }
        #expect(first.deliveries.count == 256, "prefetch")
        var random = SeededRandom(seed: 7)
        var settled: Set<DeliveryID> = []
        while settled.count < 300 {
            let open = fixture.handler.record.deliveries.map(\.id).filter { !settled.contains($0) }
            if open.isEmpty {
                let count = settled.count
                try await fixture.handler.wait { $0.deliveries.count > count }
                continue
            }
            // A few in one turn, in random order, then on to the next turn.
            for id in open.shuffled(using: &random).prefix(Int.random(in: 1...20, using: &random)) {
                await consumer.settle(id, .acknowledge)
                settled.insert(id)
            }
        }
        // Settled a second time: nothing goes out, else the broker would close the channel.
        for id in settled { await consumer.settle(id, .acknowledge) }
        await consumer.stopConsuming()
        await consumer.close()
        let record = fixture.handler.record
        #expect(Set(record.deliveries.compactMap(\.properties.messageID)).count == 300)
        #expect(record.deliveries.count == 300)
        #expect(record.losses.isEmpty)
        #expect(try RawAMQP(fixture.node).readyCount(fixture.configuration.topology.queue) == 0)
    }

    @Test("rejects among acks: the multiple ack after them is still right, and they come back as dead letters")
    func rejects() async throws {
        let fixture = try BrokerFixture()
        let consumer = try await fixture.startedConsumer()
        try await fixture.publish(30)
        let record = try await fixture.handler.wait { $0.deliveries(of: .events).count == 30 }
        // The last of each three first: its tag is gone when the multiple ack up to it is due.
        for delivery in record.deliveries where delivery.id.tag % 3 == 0 {
            await consumer.settle(delivery.id, .reject(requeue: false))
        }
        for delivery in record.deliveries where delivery.id.tag % 3 != 0 {
            await consumer.settle(delivery.id, .acknowledge)
        }
        let dead = try await fixture.handler.wait { $0.deliveries(of: .deadLetters).count == 10 }
        for delivery in dead.deliveries(of: .deadLetters) {
            #expect(delivery.routingKey == fixture.configuration.topology.queue)
            guard case .array(let deaths) = delivery.properties.headers["x-death"],
                case .table(let death) = deaths.first
            else {
                Issue.record("no x-death header: \(delivery.properties.headers)")
                return
            }
            #expect(death["reason"] == .string("rejected"))
            #expect(death["queue"] == .string(fixture.configuration.topology.queue))
            await consumer.settle(delivery.id, .acknowledge)
        }
        try await fixture.handler.wait { $0.acknowledged.count == 30 }
        await consumer.close()
        #expect(fixture.handler.record.losses.isEmpty)
        let raw = try RawAMQP(fixture.node)
        #expect(try raw.readyCount(fixture.configuration.topology.queue) == 0)
        #expect(try raw.readyCount(fixture.configuration.topology.deadLetterQueue) == 0)
    }

    @Test("the dead letters have their own prefetch on the same channel")
    func deadLetterPrefetch() async throws {
        var fixture = try BrokerFixture(.classic)
        fixture.configuration.deadLetterPrefetch = 3
        let consumer = try await fixture.startedConsumer()
        try await fixture.publish(10)
        let record = try await fixture.handler.wait { $0.deliveries(of: .events).count == 10 }
        for delivery in record.deliveries { await consumer.settle(delivery.id, .reject(requeue: false)) }
        try await fixture.handler.wait { $0.deliveries(of: .deadLetters).count == 3 }
        try await fixture.publish(5, from: 10)
        let more = try await fixture.handler.wait { $0.deliveries(of: .events).count == 15 }
        #expect(more.deliveries(of: .deadLetters).count == 3)
        await consumer.close()
    }

    @Test("paused: nothing new comes, what is in flight can be settled; resumed: the rest comes")
    func pause() async throws {
        let fixture = try BrokerFixture(.classic)
        let consumer = try await fixture.startedConsumer()
        try await fixture.publish(2)
        let held = try await fixture.handler.wait { $0.deliveries.count == 2 }
        await consumer.pause()
        try await fixture.handler.wait { $0.events.last == .paused }
        try await fixture.publish(3, from: 2)
        for delivery in held.deliveries { await consumer.settle(delivery.id, .acknowledge) }
        #expect(fixture.handler.record.deliveries.count == 2)
        #expect(try RawAMQP(fixture.node).readyCount(fixture.configuration.topology.queue) == 3)
        await consumer.resume()
        let all = try await fixture.handler.wait { $0.deliveries.count == 5 }
        #expect(all.deliveries.allSatisfy { !$0.redelivered })
        await consumer.close()
    }

    @Test("pauses and resumes with messages in flight and more behind them: each message comes once, none stays behind")
    func pausesInFlight() async throws {
        var fixture = try BrokerFixture()
        fixture.configuration.prefetch = 20
        let consumer = try await fixture.startedConsumer()
        try await fixture.publish(200)
        var settled = 0
        while settled < 200 {
            let wanted = settled + 20
            try await fixture.handler.wait { $0.deliveries.count >= wanted }
            await consumer.pause()
            try await fixture.handler.wait { $0.events.last == .paused }
            await consumer.resume()
            try await fixture.handler.wait { $0.events.last == .consuming }
            for delivery in fixture.handler.record.deliveries[settled..<wanted] {
                await consumer.settle(delivery.id, .acknowledge)
            }
            settled = wanted
        }
        let record = fixture.handler.record
        #expect(Set(record.deliveries.compactMap(\.properties.messageID)).count == 200)
        #expect(record.deliveries.allSatisfy { !$0.redelivered })
        await consumer.close()
        #expect(try RawAMQP(fixture.node).readyCount(fixture.configuration.topology.queue) == 0)
    }

    @Test("an idle broker is made to answer an acknowledgement that is to be proven soon", .timeLimit(.minutes(1)))
    func provenSoon() async throws {
        var fixture = try BrokerFixture()
        // Any sooner, a heartbeat would prove it.
        fixture.configuration.heartbeat = .seconds(600)
        let consumer = try await fixture.startedConsumer()
        try await fixture.publish(2)
        let record = try await fixture.handler.wait { $0.deliveries.count == 2 }
        await consumer.settle(record.deliveries[0].id, .acknowledge, provenSoon: true)
        try await fixture.handler.wait { $0.acknowledged == [record.deliveries[0].id] }
        await consumer.settle(record.deliveries[1].id, .acknowledge)
        await consumer.close()
    }

    @Test("a drain: what is settled is gone, the rest is back in the queue, marked as redelivered")
    func drain() async throws {
        let fixture = try BrokerFixture()
        let consumer = try await fixture.startedConsumer()
        try await fixture.publish(10)
        let record = try await fixture.handler.wait { $0.deliveries.count == 10 }
        await consumer.stopConsuming()
        try await fixture.publish(1, from: 10)
        // Published side by side, so the order of arrival is the broker's choice.
        let settled = [1, 4, 5].map { record.deliveries[$0] }
        for delivery in settled { await consumer.settle(delivery.id, .acknowledge) }
        await consumer.close()
        #expect(fixture.handler.record.events.last == .stopped)
        #expect(fixture.handler.record.deliveries.count == 10)

        let again = RecordingHandler(reactor: fixture.reactor)
        let second = EventConsumer(configuration: fixture.configuration, reactor: fixture.reactor, handler: again)
        await second.start()
        let rest = try await again.wait { $0.deliveries.count == 8 }
        let expected = Set((0...10).map(String.init)).subtracting(settled.compactMap(\.properties.messageID))
        #expect(Set(rest.deliveries.compactMap(\.properties.messageID)) == expected)
        for delivery in rest.deliveries { #expect(delivery.redelivered == (delivery.properties.messageID != "10")) }
        await second.close()
    }

    @Test("the queue is deleted: told, reconnects, declares and consumes again; old settlements are dropped")
    func queueDeleted() async throws {
        let fixture = try BrokerFixture()
        let consumer = try await fixture.startedConsumer()
        try await fixture.publish(1)
        let old = try await fixture.handler.wait { $0.deliveries.count == 1 }
        let queue = fixture.configuration.topology.queue
        try RawAMQP(fixture.node).deleteQueue(queue)
        try await fixture.handler.wait { record in
            record.events.contains(.cancelledByServer(queue: queue))
                && record.events.filter { $0 == .consuming }.count == 2
        }
        await consumer.settle(old.deliveries[0].id, .acknowledge)
        try await fixture.publish(1, from: 1)
        let new = try await fixture.handler.wait { $0.deliveries.count == 2 }
        #expect(new.deliveries[1].id == DeliveryID(generation: 2, tag: 1))
        await consumer.settle(new.deliveries[1].id, .acknowledge)
        try await fixture.handler.wait { $0.acknowledged == [DeliveryID(generation: 2, tag: 1)] }
        await consumer.close()
        #expect(fixture.handler.record.losses.isEmpty)
    }

    @Test("paused when the connection is lost: connects again, and does not consume")
    func pausedOverReconnect() async throws {
        let fixture = try BrokerFixture(.classic)
        let consumer = try await fixture.startedConsumer()
        await consumer.pause([.events])
        try await fixture.handler.wait { $0.events.last == .paused }
        try RawAMQP(fixture.node).deleteQueue(fixture.configuration.topology.deadLetterQueue)
        try await fixture.handler.wait { $0.events.filter { $0 == .paused }.count == 2 }
        #expect(fixture.handler.record.events.filter { $0 == .consuming }.count == 1)
        await consumer.close()
    }

    @Test("heartbeats of one second: an idle connection lives on", .timeLimit(.minutes(1)))
    func heartbeats() async throws {
        var fixture = try BrokerFixture(.classic)
        fixture.configuration.heartbeat = .seconds(1)
        let consumer = try await fixture.startedConsumer()
        try await fixture.publish(5)
        let record = try await fixture.handler.wait { $0.deliveries.count == 5 }
        // Each is proven by the broker's next sign of life, a heartbeat; a silent client would be dropped after two.
        for (index, delivery) in record.deliveries.enumerated() {
            await consumer.settle(delivery.id, .acknowledge)
            try await fixture.handler.wait { $0.acknowledged.count == index + 1 }
        }
        #expect(fixture.handler.record.losses.isEmpty)
        await consumer.close()
    }

    @Test("a body over the limit: its first bytes, and its whole size")
    func largeBody() async throws {
        var fixture = try BrokerFixture(.classic)
        fixture.configuration.maximumBodySize = 200_000
        let consumer = try await fixture.startedConsumer()
        let body = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let publisher = ConfirmedPublisher(configuration: fixture.configuration, reactor: fixture.reactor)
        try await publisher.connect()
        try await publisher.publish(
            PublishedMessage(exchange: fixture.configuration.topology.exchange, routingKey: "a.b", body: body)
        )
        await publisher.close()
        let record = try await fixture.handler.wait { $0.deliveries.count == 1 }
        #expect(record.deliveries[0].body == Array(body.prefix(200_000)))
        #expect(record.deliveries[0].bodySize == 700_000)
        await consumer.close()
    }

    @Test("headers nested as deep as a frame allows: delivered, cut at our depth, nothing breaks")
    func hostileHeaders() async throws {
        let fixture = try BrokerFixture(.classic)
        let consumer = try await fixture.startedConsumer()
        let raw = try RawAMQP(fixture.node)
        let depth = 26_000
        // Each level is an array ('A') that holds the next and has 5 bytes before it.
        var nested: [UInt8] = []
        for level in 0..<depth { nested += [UInt8(ascii: "A")] + raw.long(UInt32(5 * (depth - 1 - level))) }
        let headers = raw.short("deep") + nested + raw.short("after") + [UInt8(ascii: "S")] + raw.longText("yes")
        try raw.publish(
            exchange: fixture.configuration.topology.exchange,
            routingKey: "a.b",
            headers: headers,
            body: [1]
        )
        let record = try await fixture.handler.wait { $0.deliveries.count == 1 }
        #expect(record.deliveries[0].properties.headers["after"] == .string("yes"))
        var value = record.deliveries[0].properties.headers["deep"]
        var levels = 0
        while case .array(let members) = value {
            value = members.first
            levels += 1
        }
        #expect(levels == 31)
        #expect(value == .null)
        await consumer.close()
    }

    @Test("the first node is away: the next one is taken")
    func severalNodes() async throws {
        var fixture = try BrokerFixture(.classic)
        var dead = fixture.node
        dead.port = 1
        fixture.configuration.nodes = [dead, fixture.node]
        let consumer = try await fixture.startedConsumer()
        let events = fixture.handler.record.events
        #expect(fixture.handler.record.losses.map(\.code) == [.connect])
        #expect(events.first == .connecting(dead))
        #expect(events.contains { if case .connected(fixture.node, _) = $0 { true } else { false } })
        await consumer.close()
    }

    @Test("a wrong password: an error that says so, without it")
    func wrongPassword() async throws {
        var fixture = try BrokerFixture(.classic)
        fixture.configuration.nodes[0].password = BrokerPassword("sesame-wrong")
        let consumer = fixture.consumer()
        await consumer.start()
        let record = try await fixture.handler.wait { !$0.losses.isEmpty }
        #expect(record.losses.first?.code == .login)
        #expect(record.losses.first?.message.contains("sesame") == false)
        await consumer.close()
    }
}
