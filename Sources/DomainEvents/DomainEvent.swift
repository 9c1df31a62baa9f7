import FoundationEssentials

/// Where an event's time was taken from, the most telling first.
public enum EventTimeSource: String, Sendable, Equatable {
    /// `occurredAt` in the body.
    case body
    /// CloudEvents `time`.
    case cloudEvents
    /// The AMQP `timestamp`, refined by the header `timestamp_in_ms`.
    case message
    case receipt
}

/// One domain event, decoded and checked against its type's schema.
public struct DomainEvent: Sendable, Equatable {
    /// The routing key.
    public var type: String
    /// AMQP `message_id`, else CloudEvents `source#id`, else the body's `eventId`; nil where the event has none of these.
    public var eventID: String?
    /// What the message itself says its type is (AMQP `type`, CloudEvents `type`), where that differs from the routing key.
    public var declaredType: String?
    public var occurredAt: Date
    public var occurredAtSource: EventTimeSource
    /// `userId`.
    public var recipientID: String?
    /// Contact fields as the event wrote them.
    public var contact: ContactFields
    /// The schema's fields that are present, typed. Links are checked; money is rounded to its currency.
    public var fields: [String: FieldValue]
    /// The whole data object: fields that the schema does not know are kept for templates.
    public var payload: [String: JSONValue]
    /// After this time the notification is `expired`.
    public var expiresAt: Date?

    public init(
        type: String,
        eventID: String? = nil,
        declaredType: String? = nil,
        occurredAt: Date,
        occurredAtSource: EventTimeSource = .receipt,
        recipientID: String? = nil,
        contact: ContactFields = ContactFields(),
        fields: [String: FieldValue] = [:],
        payload: [String: JSONValue] = [:],
        expiresAt: Date? = nil
    ) {
        self.type = type
        self.eventID = eventID
        self.declaredType = declaredType
        self.occurredAt = occurredAt
        self.occurredAtSource = occurredAtSource
        self.recipientID = recipientID
        self.contact = contact
        self.fields = fields
        self.payload = payload
        self.expiresAt = expiresAt
    }

    /// What this event teaches about its recipient; nil where it names no recipient or says nothing of the contact.
    public var contactChange: ContactChange? {
        guard let recipientID, !contact.isEmpty else { return nil }
        return ContactChange(recipientID: recipientID, occurredAt: occurredAt, fields: contact, eventID: eventID)
    }
}
