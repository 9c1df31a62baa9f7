/// The way a notification reaches its recipient.
public enum Channel: String, Sendable, Hashable, Codable, CaseIterable {
    case email
    case sms
}
