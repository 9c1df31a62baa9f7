import FoundationEssentials
import NotificationLog

/// One thing that happened to an event, as `notifyd why` prints it; a line of its own in JSON.
struct StoryEntry: Encodable {
    enum Kind: String, Encodable {
        case received, claimed, attempt, parked, status
        case deadLettered = "dead_lettered"
        case operatorAction = "operator"
    }

    var at: Date
    var what: Kind
    var eventID: String?
    var eventType: String
    var dedupeKey: String
    var notificationID: String?
    var channel: String?
    var attempt: Int?
    var provider: String?
    /// What came of it: a status of the log or the outcome of an attempt.
    var outcome: String?
    var errorCode: String?
    var error: String?
    var durationMS: Double?
    var dnsMS: Double?
    var connectMS: Double?
    var tlsMS: Double?
    var totalMS: Double?
    /// What it waits for, and until when; absent: until somebody releases it.
    var hold: String?
    var dueAt: Date?
    var who: String?
    var action: String?
    var filter: String?
    var reason: String?
    /// The same in words.
    var text = ""

    private enum CodingKeys: String, CodingKey {
        case at, what
        case eventID = "event_id"
        case eventType = "event_type"
        case dedupeKey = "dedupe_key"
        case notificationID = "notification_id"
        case channel, attempt, provider, outcome
        case errorCode = "error_code"
        case error
        case durationMS = "duration_ms"
        case dnsMS = "dns_ms"
        case connectMS = "connect_ms"
        case tlsMS = "tls_ms"
        case totalMS = "total_ms"
        case hold
        case dueAt = "due_at"
        case who, action, filter, reason, text
    }

    init(_ what: Kind, at: Date, of story: EventStory) {
        self.what = what
        self.at = at
        eventID = story.eventID
        eventType = story.eventType
        dedupeKey = story.dedupeKey
    }

    /// Code and words of why, with a colon before them.
    var why: String {
        let parts = [errorCode, error].compactMap(\.self)
        return parts.isEmpty ? "" : ": " + parts.joined(separator: ": ")
    }
}
