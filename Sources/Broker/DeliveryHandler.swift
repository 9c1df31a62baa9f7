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

    /// Settlements were written, so many frames of each kind.
    ///
    /// - Parameter duration: since the first of them was decided.
    func wrote(acks: Int, rejects: Int, after duration: Duration)
}

extension DeliveryHandler {
    public func wrote(acks: Int, rejects: Int, after duration: Duration) {}
    public func acknowledged(_ ids: [DeliveryID]) {}
}
