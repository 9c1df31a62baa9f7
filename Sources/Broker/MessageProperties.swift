/// The AMQP basic properties that notifyd reads and writes (AMQP 0-9-1 §1.8.3); absent ones are nil.
public struct MessageProperties: Sendable, Equatable {
    public var messageID: String?
    public var correlationID: String?
    public var contentType: String?
    public var type: String?
    /// Seconds since 1970, as the publisher wrote them: any value.
    public var timestamp: Int64?
    /// 2 is persistent, 1 is not.
    public var deliveryMode: UInt8?
    public var headers: [String: HeaderValue]

    public init(
        messageID: String? = nil,
        correlationID: String? = nil,
        contentType: String? = nil,
        type: String? = nil,
        timestamp: Int64? = nil,
        deliveryMode: UInt8? = nil,
        headers: [String: HeaderValue] = [:]
    ) {
        self.messageID = messageID
        self.correlationID = correlationID
        self.contentType = contentType
        self.type = type
        self.timestamp = timestamp
        self.deliveryMode = deliveryMode
        self.headers = headers
    }
}
