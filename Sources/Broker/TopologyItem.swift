/// One exchange or queue as it is to be declared.
public struct TopologyItem: Sendable, Equatable {
    public enum Kind: String, Sendable, CustomStringConvertible {
        case exchange
        case queue

        public var description: String { rawValue }
    }

    public enum Argument: Sendable, Equatable {
        case text(String)
        case number(Int32)
    }

    public var kind: Kind
    public var name: String
    /// In the order they are sent.
    public var arguments: [(name: String, value: Argument)]

    public static func == (left: Self, right: Self) -> Bool {
        left.kind == right.kind && left.name == right.name && left.arguments.elementsEqual(right.arguments, by: ==)
    }

    /// `durable, topic` or `durable, x-queue-type=quorum, …`.
    public var wanted: String {
        let listed = arguments.map { name, value in
            switch value {
            case .text(let text): "\(name)=\(text)"
            case .number(let number): "\(name)=\(number)"
            }
        }
        return (["durable"] + (kind == .exchange ? ["topic"] : []) + listed).joined(separator: ", ")
    }
}

/// One line of the topology that ties a queue to an exchange.
struct TopologyBinding: Sendable, Equatable {
    var queue: String
    var exchange: String
    var routingKey: String
}

extension BrokerTopology {
    /// Exchanges and queues, dead letters first: a queue never exists before the place its rejects go to.
    public var items: [TopologyItem] {
        var queueArguments: [(name: String, value: TopologyItem.Argument)] = [
            ("x-queue-type", .text(queueType.rawValue)),
            ("x-dead-letter-exchange", .text(deadLetterExchange)),
            ("x-dead-letter-routing-key", .text(queue)),
        ]
        var deadLetterArguments: [(name: String, value: TopologyItem.Argument)] = [
            ("x-queue-type", .text(queueType.rawValue))
        ]
        if queueType == .quorum {
            queueArguments += [
                ("x-delivery-limit", .number(50)),
                // All three are needed for at-least-once; without one RabbitMQ falls back to at-most-once silently.
                ("x-dead-letter-strategy", .text("at-least-once")),
                ("x-overflow", .text("reject-publish")),
            ]
            // "None" would be -1 on 4.0, which on 3.10 drops at the first return.
            deadLetterArguments.append(("x-delivery-limit", .number(.max)))
        }
        return [
            TopologyItem(kind: .exchange, name: deadLetterExchange, arguments: []),
            TopologyItem(kind: .queue, name: deadLetterQueue, arguments: deadLetterArguments),
            TopologyItem(kind: .exchange, name: exchange, arguments: []),
            TopologyItem(kind: .queue, name: queue, arguments: queueArguments),
        ]
    }

    var bindings: [TopologyBinding] {
        [TopologyBinding(queue: deadLetterQueue, exchange: deadLetterExchange, routingKey: queue)]
            + routingKeys.map { TopologyBinding(queue: queue, exchange: exchange, routingKey: $0) }
    }
}
