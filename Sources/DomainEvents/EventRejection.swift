/// Why an event can never become a notification: it is poison, recorded as `rejected` and dead-lettered.
public struct EventRejection: Error, Sendable, Equatable, CustomStringConvertible {
    public var code: ErrorCode
    /// One line that names the field and the rule it breaks; never a value from the event.
    public var message: String
    /// The event's id where it was found before the event was given up.
    public var eventID: String?

    public init(code: ErrorCode, message: String, eventID: String? = nil) {
        self.code = code
        self.message = message
        self.eventID = eventID
    }

    public var description: String { "\(code): \(message)" }

    static func shape(_ message: String) -> EventRejection {
        EventRejection(code: .shapeInvalid, message: message)
    }
}
