import Broker
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A broker with TLS: its `amqps://` URL, by the name in its certificate, and the authority's PEM file.
private enum SecuredBroker {
    static var url: String? { variable("NOTIFYD_TEST_AMQPS_URL") }
    static var authority: String? { variable("NOTIFYD_TEST_AMQPS_CA") }
    static var isConfigured: Bool { url != nil && authority != nil }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

@Suite("amqps", .enabled(if: SecuredBroker.isConfigured), .timeLimit(.minutes(1)))
struct SecuredConnectionTests {
    private func probe(_ caFile: String?, host: String? = nil) async throws -> BrokerProbeReport.Node {
        var nodes = try BrokerURL.nodes(in: SecuredBroker.url ?? "")
        if let host { nodes[0].host = host }
        let report = await BrokerProbe.run(
            BrokerConfiguration(
                nodes: nodes,
                tls: BrokerTLS(caFile: caFile),
                client: BrokerClient(connectionName: "t", product: "t", version: "t"),
                topology: BrokerTopology(routingKeys: [])
            )
        )
        return try #require(report.nodes.first)
    }

    private func code(_ node: BrokerProbeReport.Node) -> BrokerError.Code? {
        if case .failure(let error) = node.result { error.code } else { nil }
    }

    @Test("the right authority and name: connects")
    func trusted() async throws {
        #expect(try await probe(SecuredBroker.authority).result.get().product == "RabbitMQ")
    }

    @Test("many messages and large ones over TLS: all come, though bytes wait where no descriptor tells")
    func consuming() async throws {
        let fixture = try BrokerFixture(.classic, url: SecuredBroker.url, caFile: SecuredBroker.authority)
        let consumer = try await fixture.startedConsumer()
        try await fixture.publish(200)
        let publisher = ConfirmedPublisher(configuration: fixture.configuration, reactor: fixture.reactor)
        try await publisher.connect()
        let body = [UInt8](repeating: 7, count: 900_000)
        for _ in 0..<3 {
            try await publisher.publish(
                PublishedMessage(exchange: fixture.configuration.topology.exchange, routingKey: "a.b", body: body)
            )
        }
        await publisher.close()
        let record = try await fixture.handler.wait { $0.deliveries.count == 203 }
        #expect(record.deliveries.suffix(3).allSatisfy { $0.body == body })
        for delivery in record.deliveries.reversed() { await consumer.settle(delivery.id, .acknowledge) }
        try await fixture.handler.wait { $0.acknowledged.count == 203 }
        await consumer.close()
        #expect(fixture.handler.record.losses.isEmpty)
    }

    @Test("an authority this system does not know: refused")
    func untrusted() async throws {
        #expect(code(try await probe(nil)) == .tls)
    }

    @Test("another name than in the certificate: refused")
    func wrongName() async throws {
        #expect(code(try await probe(SecuredBroker.authority, host: "127.0.0.1")) == .tls)
    }

    @Test("a file of authorities that is not there: an error that names it")
    func missingFile() async throws {
        guard case .failure(let error) = try await probe("/nowhere/ca.pem").result else {
            Issue.record("a missing file must not be ignored")
            return
        }
        #expect(error.code == .tls)
        #expect(error.message.contains("/nowhere/ca.pem"))
    }
}
