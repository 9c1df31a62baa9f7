/// Takes what an `EventConsumer` brings; every call comes on the reactor, so an actor on it may `assumeIsolated`.
public protocol DeliveryHandler: Sendable {
    /// What one wake-up brought, in the broker's order; each is to be settled once, in any order.
    func received(_ deliveries: [Delivery])

    /// The consumer's life: for logs, readiness and the end of the program.
    func changed(_ event: BrokerEvent)

    /// These were acknowledged, the frames went out, and the broker sent something afterwards.
    ///
    /// The strongest sign AMQP 0-9-1 gives that an acknowledgement arrived. Lost connections leave theirs out.
    func acknowledged(_ ids: [DeliveryID])
}

extension DeliveryHandler {
    public func acknowledged(_ ids: [DeliveryID]) {}
}
