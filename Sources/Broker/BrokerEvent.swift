/// What happens in an `EventConsumer`'s life.
public enum BrokerEvent: Sendable, Equatable {
    case connecting(BrokerNode)
    case connected(BrokerNode, serverVersion: String)
    /// Every consumer that is wanted, that of the events among them, has the broker's word that it consumes.
    case consuming
    /// The consumer of the events is cancelled, as was asked; what it had goes on.
    case paused
    /// An attempt failed or a connection ended; what was unsettled on it comes again.
    case connectionLost(BrokerError)
    case retrying(after: Duration, BrokerNode)
    /// The broker ended a consumer by itself (its queue was deleted, or its node went): reconnects.
    case cancelledByServer(queue: String)
    /// The broker is short of memory or disk and takes no messages; consuming goes on. Nil: no longer.
    case blocked(reason: String?)
    /// The topology exists with other arguments: nothing more will come (exit 78).
    case topologyMismatch(TopologyError)
    /// `close()` is done; nothing more will come.
    case stopped
}
