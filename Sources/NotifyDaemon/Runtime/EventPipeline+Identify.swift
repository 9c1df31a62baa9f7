import DomainEvents
import Pipeline

/// What a message turned out to be.
enum Identified: Sendable {
    case event(IdentifiedEvent)
    case contact(ContactChange)
    case rejected(EventRejection)
}

/// An event with what the catalogue says of its type. A reference, since all stages need it.
final class IdentifiedEvent: Sendable {
    let event: DomainEvent
    /// Nil: the event is readable, but of a type that this catalogue does not have.
    let definition: NotificationDefinition?

    init(_ event: DomainEvent, _ definition: NotificationDefinition?) {
        self.event = event
        self.definition = definition
    }

    var schema: EventSchema { definition?.schema ?? EventSchema(fields: []) }
}

extension EventPipeline {
    /// Decodes the message by its type's schema. Pure: no server is asked.
    func identify(_ passage: Passage) -> Identified {
        let message = passage.message
        do throws(EventRejection) {
            if ContactEvent.isContactOnly(message.routingKey) {
                return .contact(try parts.decoder.decodeContactChange(message))
            }
            let definition = catalogue.types[message.routingKey]
            return .event(IdentifiedEvent(try parts.decoder.decode(message, as: definition), definition))
        } catch {
            return .rejected(error)
        }
    }
}

extension EventDecoder {
    /// Decodes an event by its type's definition; without one, only what every event has.
    func decode(
        _ message: IncomingMessage,
        as definition: NotificationDefinition?
    ) throws(EventRejection) -> DomainEvent {
        guard let definition else { return try decodeUnknown(message) }
        return try decode(message, schema: definition.schema)
    }
}
