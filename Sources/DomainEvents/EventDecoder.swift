import FoundationEssentials

/// Turns a message into a typed event, or says in one line why it can never become one.
public struct EventDecoder: Sendable {
    public static let passwordReset = "user.password-reset"

    public let maximumBodySize: Int
    public let links: LinkPolicy

    /// - Parameter maximumBodySize: in bytes; a larger body is refused unread.
    public init(maximumBodySize: Int = 1 << 20, links: LinkPolicy = .any) {
        self.maximumBodySize = maximumBodySize
        self.links = links
    }

    /// Decodes an event of a type in the catalogue.
    public func decode(_ message: IncomingMessage, schema: EventSchema) throws(EventRejection) -> DomainEvent {
        try opening(message) { (envelope) throws(EventRejection) in
            let reader = FieldDecoder(object: envelope.data, links: links)
            var event = DomainEvent(
                type: message.routingKey,
                eventID: envelope.eventID,
                declaredType: envelope.declaredType,
                occurredAt: envelope.occurredAt,
                occurredAtSource: envelope.occurredAtSource,
                recipientID: try reader.id("userId"),
                contact: try ContactFields(decoding: envelope.data),
                fields: try reader.fields(of: schema),
                payload: envelope.data,
                expiresAt: try expiry(reader, schema: schema)
            )
            if event.type == Self.passwordReset {
                try addResetLink(to: &event)
            }
            return event
        }
    }

    /// Opens an event of a type that the catalogue does not have: what its fields must be, another version may know.
    ///
    /// It has no contact, no typed fields and no expiry; it has a recipient where `userId` is an id.
    public func decodeUnknown(_ message: IncomingMessage) throws(EventRejection) -> DomainEvent {
        try opening(message) { (envelope) throws(EventRejection) in
            DomainEvent(
                type: message.routingKey,
                eventID: envelope.eventID,
                declaredType: envelope.declaredType,
                occurredAt: envelope.occurredAt,
                occurredAtSource: envelope.occurredAtSource,
                recipientID: envelope.recipientID,
                payload: envelope.data
            )
        }
    }

    /// Decodes `user.updated` or `user.deleted`.
    public func decodeContactChange(_ message: IncomingMessage) throws(EventRejection) -> ContactChange {
        try opening(message) { (envelope) throws(EventRejection) in
            let reader = FieldDecoder(object: envelope.data, links: links)
            guard let recipientID = try reader.id("userId") else { throw .shape("userId is missing") }
            let isDeletion = message.routingKey == ContactEvent.deleted
            return ContactChange(
                recipientID: recipientID,
                occurredAt: envelope.occurredAt,
                fields: isDeletion
                    ? ContactFields() : try ContactFields(decoding: envelope.data, ofUpdate: true),
                isDeletion: isDeletion,
                eventID: envelope.eventID
            )
        }
    }

    /// Opens a message, and gives every rejection the event's id as far as it is known by then.
    private func opening<Result>(
        _ message: IncomingMessage,
        _ decode: (EventEnvelope) throws(EventRejection) -> Result
    ) throws(EventRejection) -> Result {
        var eventID = EventEnvelope.outerEventID(of: message)
        do {
            let envelope = try EventEnvelope(opening: message, maximumBodySize: maximumBodySize)
            eventID = envelope.eventID
            return try decode(envelope)
        } catch {
            var rejection = error
            rejection.eventID = eventID
            throw rejection
        }
    }

    /// `expiresAt` where it is a time. One that the type declares as a time has to be one; what it does not declare is
    /// kept for templates, whatever it is (a card's `12/27`), and is no expiry then.
    private func expiry(_ reader: FieldDecoder, schema: EventSchema) throws(EventRejection) -> Date? {
        guard let declared = schema["expiresAt"] else { return try? reader.time("expiresAt") }
        return declared.type == .time ? try reader.time("expiresAt") : nil
    }

    /// A password reset has a link, or a token that `links.passwordReset` makes one of.
    ///
    /// A token without that setting is no fault of the event: the link stays missing, and rendering says so.
    private func addResetLink(to event: inout DomainEvent) throws(EventRejection) {
        let reader = FieldDecoder(object: event.payload, links: links)
        if let value = reader.present("resetUrl") {
            let link = try FieldDecoder.link(value, name: "resetUrl", links: links)
            event.fields["resetUrl"] = .url(link)
            return
        }
        guard let value = reader.present("token") else { throw .shape("resetUrl or token is missing") }
        let token = try FieldDecoder.string(value, name: "token")
        guard !token.isEmpty else { throw .shape("token is empty") }
        guard let link = links.passwordResetLink(token: token) else { return }
        event.fields["resetUrl"] = .url(link)
        event.payload["resetUrl"] = .string(link)
    }
}
