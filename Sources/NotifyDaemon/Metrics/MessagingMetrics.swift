import DomainEvents
import Metrics

/// OpenTelemetry's messaging metrics, with the labels of low cardinality that the convention asks for.
struct MessagingMetrics: Sendable {
    private let process: HandlerCache<MessagingLabels, Metrics.Timer>
    private let consumed: HandlerCache<MessagingLabels, Counter>
    private let operations: HandlerCache<BrokerOperation, Metrics.Timer>

    init(_ maker: HandlerMaker, exchange: String, queue: String) {
        // The destination as the spans name it: `{exchange}:{routing key}:{queue}`.
        let values: @Sendable (MessagingLabels) -> [String] = { labels in
            [
                "rabbitmq", labels.operation, labels.operationType, "\(exchange):\(labels.eventType):\(queue)",
                labels.error?.text ?? "",
            ]
        }
        process = maker.timers(MetricTable.processDuration, values: values)
        consumed = maker.counters(MetricTable.consumedMessages, values: values)
        // A frame settles messages of any type: of the destination only the queue is left.
        operations = maker.timers(MetricTable.operationDuration) { ["rabbitmq", $0.rawValue, "settle", queue, ""] }
    }

    /// - Parameter type: bounded.
    func consumed(type: String) {
        consumed[labels("process", "process", type)].increment()
    }

    func processed(type: String, took duration: Duration, error: ErrorCode?) {
        process[labels("process", "process", type, error)].record(duration: duration)
    }

    func settled(_ operation: BrokerOperation, took duration: Duration) {
        operations[operation].record(duration: duration)
    }

    private func labels(_ name: String, _ kind: String, _ type: String, _ error: ErrorCode? = nil) -> MessagingLabels {
        MessagingLabels(
            operation: name,
            operationType: kind,
            eventType: type,
            error: error.map(ReasonLabel.init)
        )
    }
}

/// How a message is settled at the broker.
enum BrokerOperation: String, Sendable {
    case ack
    case nack
}

struct MessagingLabels: Hashable, Sendable {
    var operation: String
    var operationType: String
    /// Bounded: of the catalogue, or `other`.
    var eventType: String
    var error: ReasonLabel?
}

extension DaemonMetrics {
    /// The broker delivered an event.
    func consumed(eventType: String) {
        messaging.consumed(type: label(of: eventType))
    }

    /// A delivered event was acknowledged or rejected.
    ///
    /// - Parameter error: why nothing came of it, where that is so.
    func processed(eventType: String, took duration: Duration, error: ErrorCode? = nil) {
        messaging.processed(type: label(of: eventType), took: duration, error: error)
    }

    /// The broker was told by so many frames, from the decision to their being written.
    func settled(_ operation: BrokerOperation, count: Int, took duration: Duration) {
        for _ in 0..<count { messaging.settled(operation, took: duration) }
    }
}
