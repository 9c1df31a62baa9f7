import DomainEvents
import FoundationEssentials

/// Until when a notification is worth sending: asked before every attempt.
public enum NotificationExpiry {
    /// The event's `expiresAt`, or the catalogue's `expires` after the event time, whichever comes first; nil is for ever.
    public static func date(definition: NotificationDefinition, event: DomainEvent) -> Date? {
        let catalogued = definition.expires.map { event.occurredAt.addingTimeInterval($0.seconds) }
        guard let own = event.expiresAt else { return catalogued }
        return min(own, catalogued ?? own)
    }

    /// Why it is too late; nil while it is not.
    public static func reason(
        definition: NotificationDefinition,
        event: DomainEvent,
        now: Date
    ) -> RoutingReason? {
        guard let date = date(definition: definition, event: event), now >= date else { return nil }
        let rule = date == event.expiresAt ? "the event's expiresAt" : "the catalogue's expires after the event time"
        return RoutingReason(.eventExpired, "too late: \(rule) has passed")
    }
}
