import DomainEvents
import FoundationEssentials
import Logging
import Pipeline
import Tracing

@testable import Broker
@testable import Senders
@testable import Telemetry

/// What the hot path works on: one event as a publisher writes it, and what each step makes of it.
struct Subjects: Sendable {
    let catalogue: Catalogue
    let message: IncomingMessage
    let definition: NotificationDefinition
    let event: DomainEvent
    let recipient: Recipient
    let mail: MailMessage
    let spans: [FinishedSpan]
    let encoder: OTLPEncoder

    init() throws {
        catalogue = try Catalogue.load(path: nil, options: CatalogueOptions())
        let body = """
            {"paymentId":"pay-4711","userId":"u-42","amount":49.90,"currency":"EUR","email":"jane@example.com",\
            "name":"Jane Miller","locale":"de-DE"}
            """
        message = IncomingMessage(
            exchange: "domain-events",
            routingKey: "payment.completed",
            body: Array(body.utf8),
            messageID: "evt-4711",
            contentType: "application/json",
            headers: ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
            receivedAt: Date(timeIntervalSince1970: 1_790_000_000)
        )
        guard let definition = catalogue.types["payment.completed"] else { throw Missing() }
        self.definition = definition
        event = try EventDecoder().decode(message, schema: definition.schema)
        recipient = ResolvedRecipient(event: event, contact: nil).recipient
        let rendered = try catalogue.render(
            type: "payment.completed",
            channel: .email,
            event: event,
            recipient: recipient
        )
        guard case .email(let subject, let html, let text) = rendered.content, let to = recipient.email else {
            throw Missing()
        }
        mail = MailMessage(
            from: try Mailbox(parsing: "Shop <orders@ourco.example>"),
            to: to,
            subject: subject,
            text: text,
            html: html,
            stableID: "0123456789abcdef0123456789abcdef",
            eventID: "evt-4711",
            date: Date(timeIntervalSince1970: 1_790_000_000)
        )
        spans = (1...512).map(Self.span)
        var resource = AttributeList()
        resource.set("service.name", "notifications-service")
        encoder = OTLPEncoder(resource: resource, scopeName: "notifyd", scopeVersion: "1")
    }

    struct Missing: Error {}

    /// With as many attributes as the span of a send has.
    private static func span(_ number: Int) -> FinishedSpan {
        let trace = TraceID(high: 1, low: UInt64(number))
        var span = FinishedSpan(
            context: SpanContext(traceID: trace, spanID: SpanID(UInt64(number)), flags: .sampled),
            parent: nil,
            name: "send email",
            kind: .client,
            start: 1_000,
            end: 2_000
        )
        span.attributes.set("notifyd.provider", "smtp")
        span.attributes.set("server.address", "mail.example.com")
        span.attributes.set("server.port", 587)
        span.attributes.set("smtp.response.status_code", 250)
        for name in ["dns", "connect", "tls", "total"] { span.attributes.set("notifyd.\(name).duration", 0.0125) }
        return span
    }
}
