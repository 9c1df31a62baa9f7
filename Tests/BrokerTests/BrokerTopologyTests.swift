import Testing

@testable import Broker

@Suite("BrokerTopology")
struct BrokerTopologyTests {
    @Test("quorum: all arguments that at-least-once dead-lettering needs, dead letters declared first")
    func quorum() {
        let topology = BrokerTopology(routingKeys: ["user.signup"])
        #expect(
            topology.items.map { "\($0.kind) \($0.name): \($0.wanted)" } == [
                "exchange dlx: durable, topic",
                "queue notifications.events.dead: durable, x-queue-type=quorum, x-delivery-limit=2147483647",
                "exchange domain-events: durable, topic",
                "queue notifications.events: durable, x-queue-type=quorum, x-dead-letter-exchange=dlx,"
                    + " x-dead-letter-routing-key=notifications.events, x-delivery-limit=50,"
                    + " x-dead-letter-strategy=at-least-once, x-overflow=reject-publish",
            ]
        )
    }

    @Test("classic: no argument that only quorum queues know")
    func classic() {
        let topology = BrokerTopology(queueType: .classic, routingKeys: [])
        #expect(
            topology.items.filter { $0.kind == .queue }.map(\.wanted) == [
                "durable, x-queue-type=classic",
                "durable, x-queue-type=classic, x-dead-letter-exchange=dlx,"
                    + " x-dead-letter-routing-key=notifications.events",
            ]
        )
    }

    @Test("bindings: the dead-letter queue by the queue's name, the queue once for each event type")
    func bindings() {
        let topology = BrokerTopology(queue: "q", routingKeys: ["a.b", "c.d"])
        #expect(
            topology.bindings == [
                TopologyBinding(queue: "q.dead", exchange: "dlx", routingKey: "q"),
                TopologyBinding(queue: "q", exchange: "domain-events", routingKey: "a.b"),
                TopologyBinding(queue: "q", exchange: "domain-events", routingKey: "c.d"),
            ]
        )
    }

    @Test("a mismatch says both sides and the ways out, on one line")
    func mismatch() {
        let error = TopologyError(
            mismatches: [
                .init(kind: .queue, name: "q", wanted: "durable, x-queue-type=quorum", brokerSays: "current is classic")
            ]
        )
        for part in ["'q'", "x-queue-type=quorum", "current is classic", "rabbitmq.declare", "drain"] {
            #expect(error.description.contains(part))
        }
        #expect(!error.description.contains("\n"))
    }
}
