/// Exchanges or queues that exist with other arguments than notifyd asks for; nothing was changed.
public struct TopologyError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One exchange or queue that differs.
    public struct Mismatch: Sendable, Equatable, CustomStringConvertible {
        public var kind: TopologyItem.Kind
        public var name: String
        /// What notifyd asks for, e.g. `durable, x-queue-type=quorum, x-delivery-limit=50`.
        public var wanted: String
        /// The broker's own words, which name the argument that differs and its value there.
        public var brokerSays: String

        public var description: String {
            "\(kind) '\(name)' exists with other arguments: notifyd asks for \(wanted); the broker says: \(brokerSays)"
        }
    }

    public var mismatches: [Mismatch]

    public init(mismatches: [Mismatch]) {
        self.mismatches = mismatches
    }

    /// Both sides of each difference, then the ways out, on one line.
    public var description: String {
        mismatches.map(\.description).joined(separator: "; ")
            + ". Nothing was changed. Either set rabbitmq.declare to false to use what exists as it is, or give"
            + " another name (rabbitmq.queue, rabbitmq.exchange, rabbitmq.deadLetterExchange), let it be bound, and"
            + " drain the old one"
    }
}
