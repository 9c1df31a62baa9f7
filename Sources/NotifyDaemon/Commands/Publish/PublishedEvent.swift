import Broker
import FoundationEssentials
import Telemetry
import Tracing

/// One event on its way to the broker.
struct PublishedEvent: Sendable {
    let type: String
    let exchange: String
    let messageID: String
    let body: [UInt8]
    /// Milliseconds since 1970, UTC.
    let milliseconds: UInt64

    init(
        type: String,
        source: EventSource,
        exchange: String,
        id: UUID = UUIDv7.generate(),
        now: UInt64 = EpochTime.now()
    ) {
        self.type = type
        self.exchange = exchange
        messageID = id.uuidString.lowercased()
        // The random end of the id is enough to tell samples apart, and short enough to be read.
        body = source.body(ending: String(messageID.suffix(8)))
        milliseconds = now / 1_000_000
    }

    /// Persistent JSON with the time in both forms that contract section 4 reads.
    func message(headers: [String: String]) -> PublishedMessage {
        var table = headers.mapValues { HeaderValue.string($0) }
        table["timestamp_in_ms"] = .integer(Int64(milliseconds))
        return PublishedMessage(
            exchange: exchange,
            routingKey: type,
            properties: MessageProperties(
                messageID: messageID,
                contentType: "application/json",
                timestamp: Int64(milliseconds / 1000),
                deliveryMode: 2,
                headers: table
            ),
            body: body
        )
    }

    /// `send domain-events:payment.completed` (OpenTelemetry messaging conventions: PRODUCER).
    func startSpan(_ tracer: TelemetryTracer) -> TelemetrySpan {
        let destination = "\(exchange):\(type)"
        let span = tracer.start("send \(destination)", in: .topLevel, ofKind: .producer, at: EpochTime.now())
        span.set(
            (SemanticConventions.messagingSystem, "rabbitmq"),
            (SemanticConventions.messagingOperationName, "send"),
            (SemanticConventions.messagingOperationType, "send"),
            (SemanticConventions.messagingDestinationName, .string(destination)),
            (SemanticConventions.messagingRoutingKey, .string(type)),
            (SemanticConventions.messagingMessageID, .string(messageID)),
            (SemanticConventions.messagingBodySize, .integer(Int64(body.count)))
        )
        return span
    }

    func report(traceID: String?) -> PublishReport {
        PublishReport(messageID: messageID, eventType: type, exchange: exchange, traceID: traceID)
    }
}

/// A line of `notifyd publish --json`.
struct PublishReport: Encodable {
    var messageID: String
    var eventType: String
    var exchange: String
    var traceID: String?

    private enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case eventType = "event_type"
        case exchange
        case traceID = "trace_id"
    }
}
