import Broker
import DomainEvents
import NotificationLog
import Telemetry
import Tracing

/// One message on its way from receipt to acknowledgement.
struct Passage: Sendable {
    enum Source: Sendable {
        case broker(Delivery)
        /// Parked before, and due: claimed already, and nothing waits for an acknowledgement.
        case parked(Claim)
    }

    @Boxed private(set) var message: IncomingMessage
    @Boxed private(set) var source: Source
    let span: TelemetrySpan
    let received: ContinuousClock.Instant
    /// Tells passages apart.
    let number: UInt64
    /// Its turn in quarantine, where it has one.
    var turn: QuarantineTurn?

    var delivery: Delivery? {
        if case .broker(let delivery) = source { delivery } else { nil }
    }

    var claim: Claim? {
        if case .parked(let claim) = source { claim } else { nil }
    }

    var traceID: String { span.spanContext.traceID.description }
}

/// What the broker is told about a message whose passage ended.
enum Disposition: Sendable, Equatable {
    case acknowledge
    /// Poison: nack without requeue.
    case deadLetter
    /// Unharmed back to the queue.
    case requeue
}

/// A passage that cannot go on as usual.
enum PassageFailure: Error {
    /// The database was closed under it: the daemon is stopping.
    case stopping
    /// The broker has the message back: it comes again.
    case deliveryGone
    /// Postgres refuses a value of this very event, whatever batch it is in.
    case refusedByDatabase(sqlState: String)
}
