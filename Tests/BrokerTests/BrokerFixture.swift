import Broker
import Reactor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Names of its own on the broker that `NOTIFYD_TEST_AMQP_URL` points to, and what a test needs around them.
struct BrokerFixture {
    static var url: String? { getenv("NOTIFYD_TEST_AMQP_URL").map { String(cString: $0) } }

    let reactor = Reactor(label: "broker tests")
    let handler: RecordingHandler
    let node: BrokerNode
    var configuration: BrokerConfiguration

    init(
        _ queueType: BrokerTopology.QueueType = .quorum,
        url: String? = BrokerFixture.url,
        caFile: String? = nil
    ) throws {
        guard let url, let node = try BrokerURL.nodes(in: url).first else {
            throw BrokerError(.configuration, "NOTIFYD_TEST_AMQP_URL is not set")
        }
        self.node = node
        let name = "test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        handler = RecordingHandler(reactor: reactor)
        configuration = BrokerConfiguration(
            nodes: [node],
            tls: BrokerTLS(caFile: caFile),
            client: BrokerClient(connectionName: "broker tests", product: "notifyd", version: "test"),
            topology: BrokerTopology(
                exchange: "\(name).events",
                queue: "\(name).queue",
                queueType: queueType,
                deadLetterExchange: "\(name).dlx",
                routingKeys: ["a.b"]
            )
        )
    }

    func consumer() -> EventConsumer {
        EventConsumer(configuration: configuration, reactor: reactor, handler: handler)
    }

    /// A consumer that the broker said is consuming.
    func startedConsumer() async throws -> EventConsumer {
        let consumer = consumer()
        await consumer.start()
        try await handler.wait { $0.events.contains(.consuming) }
        return consumer
    }

    /// Publishes messages with the ids `0`, `1`, …, confirmed.
    func publish(_ count: Int, from first: Int = 0) async throws {
        let publisher = ConfirmedPublisher(configuration: configuration, reactor: reactor)
        try await publisher.connect()
        let exchange = configuration.topology.exchange
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in first..<(first + count) {
                group.addTask {
                    try await publisher.publish(
                        PublishedMessage(
                            exchange: exchange,
                            routingKey: "a.b",
                            properties: MessageProperties(messageID: String(id)),
                            body: Array("{\"id\":\(id)}".utf8)
                        )
                    )
                }
            }
            try await group.waitForAll()
        }
        await publisher.close()
    }

    /// A socket on loopback that accepts and never says a word; close it afterwards.
    static func silentListener() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard descriptor >= 0, isListening else { throw BrokerError(.connect, "no listening socket: errno \(errno)") }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}
