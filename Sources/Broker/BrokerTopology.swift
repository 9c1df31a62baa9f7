/// The exchanges, queues and bindings that notifyd consumes from.
public struct BrokerTopology: Sendable, Equatable {
    public enum QueueType: String, Sendable, CaseIterable {
        case quorum
        case classic
    }

    /// Durable topic exchange of the domain events.
    public var exchange: String
    public var queue: String
    public var queueType: QueueType
    /// Durable topic exchange that takes what is rejected without requeue or runs into the delivery limit.
    public var deadLetterExchange: String
    /// The event types: each binds the queue to the exchange once.
    public var routingKeys: [String]

    public init(
        exchange: String = "domain-events",
        queue: String = "notifications.events",
        queueType: QueueType = .quorum,
        deadLetterExchange: String = "dlx",
        routingKeys: [String]
    ) {
        self.exchange = exchange
        self.queue = queue
        self.queueType = queueType
        self.deadLetterExchange = deadLetterExchange
        self.routingKeys = routingKeys
    }

    /// The queue of the dead letters, bound to `deadLetterExchange` by the name of `queue`.
    public var deadLetterQueue: String { queue + ".dead" }

    public func queue(of consumer: ConsumerName) -> String {
        switch consumer {
        case .events: queue
        case .deadLetters: deadLetterQueue
        }
    }
}
