import FoundationEssentials

/// What an event changes in its recipient's contact, dated by the event's own time.
public struct ContactChange: Sendable, Equatable {
    public var recipientID: String
    public var occurredAt: Date
    public var fields: ContactFields
    /// `user.deleted`: every field is emptied, and the empty row keeps the time so that a late event brings nothing back.
    public var isDeletion: Bool
    public var eventID: String?
    /// Of a sign-up: it changes nothing where its key stands for another fact already. Nil: nothing is compared.
    public var signUp: EventIdentity?

    public init(
        recipientID: String,
        occurredAt: Date,
        fields: ContactFields = ContactFields(),
        isDeletion: Bool = false,
        eventID: String? = nil,
        signUp: EventIdentity? = nil
    ) {
        self.recipientID = recipientID
        self.occurredAt = occurredAt
        self.fields = fields
        self.isDeletion = isDeletion
        self.eventID = eventID
        self.signUp = signUp
    }
}

/// The event types that feed the contacts. Updates and deletions do only that: no notification, no audit row.
public enum ContactEvent {
    public static let signUp = "user.signup"
    public static let updated = "user.updated"
    public static let deleted = "user.deleted"
    public static let types = [updated, deleted]

    public static func isContactOnly(_ type: String) -> Bool {
        types.contains(type)
    }
}
