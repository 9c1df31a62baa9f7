import DomainEvents

/// What a folder's `notification.yaml` says about one event type.
public struct NotificationDefinition: Sendable, Equatable {
    /// May the recipient opt out: never of `transactional`.
    public enum Category: String, Sendable, Codable, CaseIterable {
        case transactional, service, marketing
    }

    public enum Deliver: String, Sendable, Codable, CaseIterable {
        /// By the first usable channel, the recipient's preference first.
        case preferred
        /// By every usable channel.
        case all
    }

    /// What becomes of a send whose last byte went out and that nobody answered.
    public enum UncertainPolicy: String, Sendable, Codable, CaseIterable {
        case resend, hold
    }

    /// The event type: the routing key and the folder's name.
    public var type: String
    public var description: String
    public var category: Category
    /// At least one, in the order of preference, none twice.
    public var channels: [Channel]
    public var deliver: Deliver
    /// Required fields that name the fact; empty: the event's id does.
    public var dedupe: [String]
    /// After the event time; nil: never.
    public var expires: Duration?
    /// Has a policy for every channel.
    public var uncertain: [Channel: UncertainPolicy]
    public var enabled: Bool
    /// Fields that are masked wherever a stored body is shown.
    public var sensitive: [String]
    public var schema: EventSchema
    /// Event bodies in JSON by name (`default` for `samples/default.json`).
    public var samples: [String: [UInt8]]

    public init(
        type: String,
        description: String = "",
        category: Category,
        channels: [Channel],
        deliver: Deliver = .preferred,
        dedupe: [String] = [],
        expires: Duration? = nil,
        uncertain: [Channel: UncertainPolicy] = [:],
        enabled: Bool = true,
        sensitive: [String] = [],
        schema: EventSchema,
        samples: [String: [UInt8]] = [:]
    ) {
        self.type = type
        self.description = description
        self.category = category
        self.channels = channels
        self.deliver = deliver
        self.dedupe = dedupe
        self.expires = expires
        self.uncertain = Self.defaultUncertain.merging(uncertain) { $1 }
        self.enabled = enabled
        self.sensitive = sensitive
        self.schema = schema
        self.samples = samples
    }

    /// An email sent twice carries the same `Message-ID`; a second SMS cannot be told from the first.
    public static let defaultUncertain: [Channel: UncertainPolicy] = [.email: .resend, .sms: .hold]
}
