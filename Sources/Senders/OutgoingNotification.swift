import DomainEvents
import FoundationEssentials
import Pipeline

/// One rendered notification with its address: all that a sender needs to know.
public struct OutgoingNotification: Sendable, Equatable {
    public var content: RenderedContent
    public var address: DeliveryAddress
    /// The notification's hash, the same for every attempt: an email's `Message-ID` is made of it. ASCII letters, digits,
    /// `-`, `_` and `.`; others are left out of what is sent.
    public var stableID: String
    /// As the publisher gave it, so anything at all.
    public var eventID: String
    /// What the message says about when it was written.
    public var date: Date

    public init(content: RenderedContent, address: DeliveryAddress, stableID: String, eventID: String, date: Date) {
        self.content = content
        self.address = address
        self.stableID = stableID
        self.eventID = eventID
        self.date = date
    }

    public var channel: Channel {
        switch content {
        case .email: .email
        case .sms: .sms
        }
    }

    /// What a server's answer may repeat and nobody else may read: the address, the part of it that names a person, and
    /// the links of the message with the tokens in them.
    var secrets: [String] {
        switch address {
        case .email(let email):
            [email.value, email.value.lastIndex(of: "@").map { String(email.value[..<$0]) } ?? email.value] + links
        case .phone(let phone):
            [phone.value, String(phone.value.drop { $0 == "+" })] + links
        }
    }

    private var links: [String] {
        switch content {
        case .email(_, _, let text): LinkSecrets.all(in: text)
        case .sms(let text, _): LinkSecrets.all(in: text)
        }
    }
}
