import Broker
import DomainEvents
import NotificationLog
import Pipeline
import Senders
import Telemetry
import Tracing
import Transfer

/// Makes the spans of one event under OpenTelemetry's semantic conventions: one tree, from the publisher's context on.
struct EventSpans: Sendable {
    private typealias Key = SemanticConventions

    let tracer: TelemetryTracer
    let queue: String
    let databaseName: String

    /// The whole passage of a message: CONSUMER, child of the publisher's span and linked to it.
    func process(_ message: IncomingMessage, delivery: Delivery?, broker: BrokerNode?) -> TelemetrySpan {
        var context = ServiceContext.topLevel
        tracer.extract(message.headers, into: &context, using: HeaderExtractor())
        let destination = Self.destination(message, queue: queue)
        let span = tracer.start("process \(destination)", in: context, ofKind: .consumer, at: EpochTime.now())
        guard span.isRecording else { return span }
        if let publisher = context.spanContext { span.addLink(to: publisher) }
        span.set(
            (Key.messagingSystem, "rabbitmq"),
            (Key.messagingOperationName, "process"),
            (Key.messagingOperationType, "process"),
            (Key.messagingDestinationName, .string(destination)),
            (Key.messagingRoutingKey, .string(message.routingKey)),
            (Key.messagingBodySize, .integer(Int64(message.bodySize)))
        )
        if let delivery { span.set(Key.messagingDeliveryTag, .integer(Int64(clamping: delivery.id.tag))) }
        if let id = message.messageID { span.set(Key.messagingMessageID, .string(id)) }
        if let id = message.correlationID { span.set(Key.messagingConversationID, .string(id)) }
        if let broker {
            span.set((Key.serverAddress, .string(broker.host)), (Key.serverPort, .integer(Int64(broker.port))))
        }
        return span
    }

    /// The message as it is stored: where its headers lead to no publisher's trace it carries ours on, so that all
    /// attempts are in one.
    func carrying(_ span: TelemetrySpan, in message: IncomingMessage) -> IncomingMessage {
        var publisher = ServiceContext.topLevel
        tracer.extract(message.headers, into: &publisher, using: HeaderExtractor())
        guard publisher.spanContext == nil, tracer.propagators.contains(.traceContext) else { return message }
        var message = message
        // A context that nobody can read goes whole: its state is of no trace, and its name may be capitalised.
        message.headers = message.headers.filter { !["traceparent", "tracestate"].contains($0.key.lowercased()) }
        tracer.inject(span.context, into: &message.headers, using: HeaderInjector())
        return message
    }

    /// `{exchange}:{routing key}:{queue}`, the queue left out where it equals the key.
    static func destination(_ message: IncomingMessage, queue: String) -> String {
        let start = "\(message.exchange):\(message.routingKey)"
        return message.routingKey == queue ? start : "\(start):\(queue)"
    }

    /// A batch's time in Postgres, told for one of its events.
    func database(_ name: String, operation: String, batch: BatchInfo, in parent: TelemetrySpan) {
        guard parent.isRecording else { return }
        let span = tracer.start(name, in: parent.context, ofKind: .client, at: EpochTime.of(batch.start))
        span.set(
            (Key.databaseSystem, "postgresql"),
            (Key.databaseNamespace, .string(databaseName)),
            (Key.databaseCollection, "event"),
            (Key.databaseOperation, .string(operation)),
            (Key.databaseQuerySummary, .string(name))
        )
        if batch.size > 1 { span.set(Key.databaseBatchSize, .integer(Int64(batch.size))) }
        span.end(at: EpochInstant(nanosecondsSinceEpoch: EpochTime.of(batch.end)))
    }

    func render(in parent: TelemetrySpan) -> TelemetrySpan {
        tracer.start("render", in: parent.context, ofKind: .internal, at: EpochTime.now())
    }

    func send(_ channel: Channel, in parent: TelemetrySpan) -> TelemetrySpan {
        tracer.start("send \(channel.rawValue)", in: parent.context, ofKind: .client, at: EpochTime.now())
    }

    /// What a provider's answer says, and how long each phase took.
    func describe(_ report: SendReport, attempt: Int, on span: TelemetrySpan) {
        guard span.isRecording else { return }
        span.set(Key.notifydProvider, .string(report.provider))
        span.set(Key.notifydAttempt, .integer(Int64(attempt)))
        if let host = report.serverAddress { span.set(Key.serverAddress, .string(host)) }
        if let port = report.serverPort { span.set(Key.serverPort, .integer(Int64(port))) }
        if let status = report.smtpStatus { span.set(Key.smtpStatusCode, .integer(Int64(status))) }
        if let status = report.httpStatus { span.set(Key.httpStatusCode, .integer(Int64(status))) }
        if let method = report.httpMethod { span.set(Key.httpMethod, .string(method)) }
        if let template = report.urlTemplate { span.set(Key.urlTemplate, .string(template)) }
        span.set(
            (Key.notifydDNSDuration, .double(report.timings.dns.seconds)),
            (Key.notifydConnectDuration, .double(report.timings.connect.seconds)),
            (Key.notifydTLSDuration, .double(report.timings.tls.seconds)),
            (Key.notifydTotalDuration, .double(report.timings.total.seconds))
        )
        if let code = report.result.code { span.fail(code.rawValue, message: report.result.detail) }
    }
}

/// Reads the W3C fields from a message's headers, whose names some publishers capitalise.
private struct HeaderExtractor: Extractor {
    func extract(key: String, from carrier: [String: String]) -> String? {
        carrier[key] ?? carrier.first { $0.key.lowercased() == key }?.value
    }
}

private struct HeaderInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key] = value
    }
}

/// A measured moment for swift-distributed-tracing.
struct EpochInstant: TracerInstant {
    var nanosecondsSinceEpoch: UInt64

    static func < (left: EpochInstant, right: EpochInstant) -> Bool {
        left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch
    }
}
