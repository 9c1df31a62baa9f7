/// One message that the broker handed us and waits to hear about.
public struct Delivery: Sendable, Equatable {
    /// What `EventConsumer.settle(_:_:)` needs to answer for this delivery.
    public var id: DeliveryID
    /// The consumer it came to: the queue of events or that of dead letters.
    public var consumer: ConsumerName
    public var exchange: String
    public var routingKey: String
    /// Set when the broker delivered it before, to anybody, and heard nothing or a requeue.
    public var redelivered: Bool
    public var properties: MessageProperties
    /// The body's first bytes, at most `BrokerConfiguration.maximumBodySize` of them.
    public var body: [UInt8]
    /// The body's whole size in bytes as the broker announced it; above `body.count` when it was cut.
    public var bodySize: Int

    public init(
        id: DeliveryID,
        consumer: ConsumerName,
        exchange: String,
        routingKey: String,
        redelivered: Bool = false,
        properties: MessageProperties = MessageProperties(),
        body: [UInt8] = [],
        bodySize: Int? = nil
    ) {
        self.id = id
        self.consumer = consumer
        self.exchange = exchange
        self.routingKey = routingKey
        self.redelivered = redelivered
        self.properties = properties
        self.body = body
        self.bodySize = bodySize ?? body.count
    }
}

/// Names one delivery for as long as its connection lives (AMQP 0-9-1 §1.8.3.13: tags are the channel's).
public struct DeliveryID: Sendable, Hashable, CustomStringConvertible {
    /// Counts the connections of one consumer from 1; what belongs to an older one is dropped, never sent.
    public var generation: UInt64
    /// The channel's delivery tag, from 1.
    public var tag: UInt64

    public init(generation: UInt64, tag: UInt64) {
        self.generation = generation
        self.tag = tag
    }

    public var description: String { "\(generation)/\(tag)" }
}

/// The two queues a consumer reads, both on the one channel.
public enum ConsumerName: String, Sendable, Hashable, CaseIterable {
    case events
    case deadLetters
}

extension Set<ConsumerName> {
    /// Both consumers.
    public static var all: Set<ConsumerName> { Set(ConsumerName.allCases) }
}

/// What becomes of a delivery at the broker.
public enum Settlement: Sendable, Hashable {
    /// Done with; the broker forgets it.
    case acknowledge
    /// Back to its queue (counts as a delivery), or without `requeue` on to the dead-letter exchange.
    case reject(requeue: Bool)
}
