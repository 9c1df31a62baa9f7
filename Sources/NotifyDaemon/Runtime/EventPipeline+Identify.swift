import DomainEvents
import Pipeline

/// What a message turned out to be.
enum Identified: Sendable {
    case event(DomainEvent, NotificationDefinition)
    /// Readable, but of a type that this catalogue does not have.
    case unknownType(DomainEvent)
    case contact(ContactChange)
    case rejected(EventRejection)
}

extension EventPipeline {
    /// Decodes the message by its type's schema. Pure: no server is asked.
    func identify(_ passage: Passage) -> Identified {
        let message = passage.message
        do throws(EventRejection) {
            if ContactEvent.isContactOnly(message.routingKey) {
                return .contact(try parts.decoder.decodeContactChange(message))
            }
            guard let definition = catalogue.types[message.routingKey] else {
                return .unknownType(try parts.decoder.decode(message, schema: EventSchema(fields: [])))
            }
            return .event(try parts.decoder.decode(message, schema: definition.schema), definition)
        } catch {
            return .rejected(error)
        }
    }
}
