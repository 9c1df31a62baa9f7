/// What an event is, whatever messages carry it: its type and its dedupe key.
public struct EventKey: Sendable, Hashable, Comparable {
    public var eventType: String
    public var dedupeKey: String

    public init(eventType: String, dedupeKey: String) {
        self.eventType = eventType
        self.dedupeKey = dedupeKey
    }

    public static func < (left: EventKey, right: EventKey) -> Bool {
        (left.eventType, left.dedupeKey) < (right.eventType, right.dedupeKey)
    }
}
