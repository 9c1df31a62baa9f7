import Database
import FoundationEssentials

/// Everything that is written down about one event, read for `notifyd why`.
public struct EventStory: Sendable {
    /// What makes its sending once; gone with its month while younger rows may stay.
    public struct Claims: Sendable {
        public var firstAt: Date
        /// Claims since the last settle.
        public var count: Int
        /// Somebody works on it until then.
        public var leaseUntil: Date?
        public var channels: [String]
        /// One for each channel: open, parked, uncertain or settled.
        public var states: [String]
        public var resendCount: Int
    }

    public struct Attempt: Sendable {
        public var notificationID: UUID
        public var number: Int
        public var startedAt: Date
        public var milliseconds: Double
        public var provider: String?
        public var outcome: String
        public var errorCode: String?
        public var error: String?
        public var dns: Double?
        public var connect: Double?
        public var tls: Double?
        public var total: Double?
    }

    public struct Wait: Sendable {
        /// Nil: the whole event.
        public var notificationID: UUID?
        public var channel: String?
        public var hold: String
        /// `Date.distantFuture`: until somebody releases it.
        public var dueAt: Date
        public var parkedAt: Date
    }

    public struct Action: Sendable {
        public var at: Date
        public var who: String
        public var action: String
        public var filter: String?
        public var reason: String?
    }

    public var eventType: String
    public var dedupeKey: String
    public var eventID: String?
    public var claims: Claims?
    public var notifications: [AuditEntry] = []
    public var attempts: [Attempt] = []
    public var waits: [Wait] = []
    public var deadLetters: [DeadLetterEntry] = []
    public var actions: [Action] = []
}
