import FoundationEssentials

/// A message opened: its data object, and what its properties, headers and body say about the event as such.
struct EventEnvelope {
    var data: [String: JSONValue]
    var eventID: String?
    var declaredType: String?
    var occurredAt: Date
    var occurredAtSource: EventTimeSource

    /// The id that stands outside the body, so that a body that cannot be read is still known by it.
    static func outerEventID(of message: IncomingMessage) -> String? {
        let candidates = [message.messageID, CloudEvent(headers: message.headers).eventID]
        return candidates.lazy.compactMap { $0 }.first { FieldDecoder.idProblem($0) == nil }
    }

    init(opening message: IncomingMessage, maximumBodySize: Int) throws(EventRejection) {
        guard message.bodySize <= maximumBodySize, message.body.count <= maximumBodySize else {
            throw EventRejection(
                code: .bodyTooLarge,
                message: "the body has \(message.bodySize) bytes, the limit is \(maximumBodySize)"
            )
        }
        // An empty message_id is what some clients write for none.
        if let id = message.messageID, !id.isEmpty, let problem = FieldDecoder.idProblem(id) {
            throw .shape("message_id \(problem)")
        }
        let body = try JSONText.object(in: message.body)
        let cloudEvent: CloudEvent
        switch CloudEvent.mode(ofContentType: message.contentType) {
        case .binary:
            cloudEvent = CloudEvent(headers: message.headers)
            data = body
        case .structured:
            cloudEvent = try CloudEvent(envelope: body)
            data = try CloudEvent.data(of: body)
        case .unsupported:
            throw .shape(
                "this form of CloudEvents is not understood: use application/cloudevents+json, one event a message"
            )
        }

        let fields = FieldDecoder(object: data, links: .any)
        eventID = try Self.eventID(message: message, cloudEvent: cloudEvent, fields: fields)
        declaredType = [message.type, cloudEvent.type].lazy
            .compactMap { $0 }
            .first { !$0.isEmpty && $0 != message.routingKey }
            // Enough to know it by, in a line of the log; AMQP's own `type` has 255 bytes at most.
            .map { String($0.unicodeScalars.prefix(255)) }
        (occurredAt, occurredAtSource) = try Self.time(message: message, cloudEvent: cloudEvent, fields: fields)
    }

    /// `userId` where it is an id; what else it may be is for the type's schema to say.
    var recipientID: String? {
        try? FieldDecoder(object: data, links: .any).id("userId")
    }

    private static func eventID(
        message: IncomingMessage,
        cloudEvent: CloudEvent,
        fields: FieldDecoder
    ) throws(EventRejection) -> String? {
        if let id = message.messageID, !id.isEmpty { return id }
        if let id = cloudEvent.eventID {
            if let problem = FieldDecoder.idProblem(id) { throw .shape("the CloudEvents id \(problem)") }
            return id
        }
        return try fields.id("eventId")
    }

    private static func time(
        message: IncomingMessage,
        cloudEvent: CloudEvent,
        fields: FieldDecoder
    ) throws(EventRejection) -> (Date, EventTimeSource) {
        if let time = try fields.time("occurredAt") { return (time, .body) }
        if let text = cloudEvent.time {
            return (try FieldDecoder.time(.string(text), name: "the CloudEvents time"), .cloudEvents)
        }
        if let published = message.publishTime { return (published.date, .message) }
        return (message.receivedAt, .receipt)
    }
}
