import Broker
import Reactor
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("A broker that accepts and says nothing")
struct SilentPeerTests {
    @Test("the reactor turns all the while, and the attempt ends with a timeout", .timeLimit(.minutes(1)))
    func reactorTurns() async throws {
        let listener = try BrokerFixture.silentListener()
        defer { close(listener.descriptor) }
        let reactor = Reactor()
        let handler = RecordingHandler(reactor: reactor)
        let consumer = EventConsumer(
            configuration: BrokerConfiguration(
                nodes: [BrokerNode(host: "127.0.0.1", port: listener.port)],
                client: BrokerClient(connectionName: "t", product: "t", version: "t"),
                topology: BrokerTopology(routingKeys: []),
                connectTimeout: .seconds(1)
            ),
            reactor: reactor,
            handler: handler
        )
        let longestGap = Mutex((last: ContinuousClock.now, gap: Duration.zero))
        let ticks = reactor.schedule(every: .milliseconds(5)) {
            longestGap.withLock { state in
                let now = ContinuousClock.now
                state = (now, max(state.gap, now - state.last))
            }
        }
        await consumer.start()
        let record = try await handler.wait { !$0.losses.isEmpty }
        ticks.cancel()
        #expect(record.losses.first?.code == .timeout)
        // A blocked reactor would have stood still for the whole second.
        #expect(longestGap.withLock { $0.gap } < .milliseconds(500))
        await consumer.close()
        #expect(handler.record.events.last == .stopped)
    }

    @Test("closed while connecting: returns at once", .timeLimit(.minutes(1)))
    func closeWhileConnecting() async throws {
        let listener = try BrokerFixture.silentListener()
        defer { close(listener.descriptor) }
        let reactor = Reactor()
        let handler = RecordingHandler(reactor: reactor)
        let consumer = EventConsumer(
            configuration: BrokerConfiguration(
                nodes: [BrokerNode(host: "127.0.0.1", port: listener.port)],
                client: BrokerClient(connectionName: "t", product: "t", version: "t"),
                topology: BrokerTopology(routingKeys: []),
                connectTimeout: .seconds(3)
            ),
            reactor: reactor,
            handler: handler
        )
        await consumer.start()
        let begun = ContinuousClock.now
        await consumer.stopConsuming()
        await consumer.close()
        #expect(ContinuousClock.now - begun < .seconds(2))
        #expect(handler.record.events.last == .stopped)
    }
}
