/// One message for `ConfirmedPublisher`: goes out persistent and mandatory.
public struct PublishedMessage: Sendable, Equatable {
    public var exchange: String
    public var routingKey: String
    /// `deliveryMode` is ignored (always 2); headers are texts, booleans and integers only.
    public var properties: MessageProperties
    public var body: [UInt8]

    public init(
        exchange: String,
        routingKey: String,
        properties: MessageProperties = MessageProperties(),
        body: [UInt8]
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
    }

    /// Headers as the shim takes them; nil for a type it does not write.
    static func scalar(_ value: HeaderValue) -> HeaderScalar? {
        switch value {
        case .string(let text): .text(text)
        case .integer(let number): .number(number)
        case .boolean(let flag): .text(String(flag))
        case .unsigned(let number): Int64(exactly: number).map { .number($0) }
        case .double, .decimal, .bytes, .timestamp, .array, .table, .null: nil
        }
    }

    enum HeaderScalar {
        case text(String)
        case number(Int64)
    }

    /// Short strings have at most 255 bytes (AMQP 0-9-1 §4.2.5.3), and C strings no NUL.
    func check() throws(BrokerError) {
        let parts: [(String, String?)] = [
            ("exchange", exchange), ("routing key", routingKey), ("message_id", properties.messageID),
            ("correlation_id", properties.correlationID), ("content_type", properties.contentType),
            ("type", properties.type),
        ]
        for (name, value) in parts + properties.headers.keys.map({ ("header name", $0) }) {
            guard let value else { continue }
            guard value.utf8.count <= 255, !value.utf8.contains(0) else {
                throw BrokerError(.configuration, "the message's \(name) is longer than 255 bytes or has a NUL")
            }
        }
        guard properties.headers.count <= 64 else {
            throw BrokerError(.configuration, "the message has more than 64 headers")
        }
        for (name, value) in properties.headers where Self.scalar(value) == nil {
            throw BrokerError(.configuration, "the message's header '\(name)' is neither text nor a number")
        }
    }
}
