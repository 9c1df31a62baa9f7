import DomainEvents
import Metrics

/// OpenTelemetry's messaging metrics, with the labels of low cardinality that the convention asks for.
struct MessagingMetrics: Sendable {
    private let process: HandlerCache<MessagingLabels, Metrics.Timer>
    private let consumed: HandlerCache<MessagingLabels, Counter>
    private let operations: HandlerCache<MessagingLabels, Metrics.Timer>

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
        operations = maker.timers(MetricTable.operationDuration, values: values)
    }

    /// - Parameter type: bounded.
    func consumed(type: String) {
        consumed[labels("process", "process", type)].increment()
    }

    func processed(type: String, took duration: Duration, error: ErrorCode?) {
        process[labels("process", "process", type, error)].record(duration: duration)
    }

    func settled(_ operation: BrokerOperation, type: String, took duration: Duration) {
        operations[labels(operation.rawValue, "settle", type)].record(duration: duration)
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

    /// The broker was told, from the decision to the frame's being written.
    func acknowledged(_ operation: BrokerOperation, eventType: String, took duration: Duration) {
        messaging.settled(operation, type: label(of: eventType), took: duration)
    }
}
