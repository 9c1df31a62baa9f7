import FoundationEssentials

/// One message as it came from the broker, or as it was stored (parked, dead letter) and is taken up again.
///
/// Encoded, its body is base64; a store that keeps the body in a column of its own empties it first.
public struct IncomingMessage: Sendable, Equatable, Codable {
    public var exchange: String
    public var routingKey: String
    /// The body, or as much of it as the reader keeps (then shorter than `bodySize`).
    public var body: [UInt8]
    /// The body's size in bytes as the content header announced it.
    public var bodySize: Int

    public var messageID: String?
    public var correlationID: String?
    public var contentType: String?
    /// The AMQP `type` property; recorded where it differs from the routing key, never decisive.
    public var type: String?
    /// The AMQP `timestamp` property: whole seconds (AMQP 0-9-1 §4.2.5.4).
    public var timestamp: Date?
    /// Scalar headers as text: numbers in decimal, AMQP timestamps as RFC 3339; tables and arrays are left out.
    public var headers: [String: String]

    public var redelivered: Bool
    public var receivedAt: Date

    /// NUL in a text becomes U+FFFD, as broken UTF-8 does: Postgres stores it neither in text nor in jsonb, and a message
    /// that cannot be recorded could not be got rid of either.
    public init(
        exchange: String,
        routingKey: String,
        body: [UInt8],
        bodySize: Int? = nil,
        messageID: String? = nil,
        correlationID: String? = nil,
        contentType: String? = nil,
        type: String? = nil,
        timestamp: Date? = nil,
        headers: [String: String] = [:],
        redelivered: Bool = false,
        receivedAt: Date
    ) {
        self.exchange = Self.storable(exchange)
        self.routingKey = Self.storable(routingKey)
        self.body = body
        self.bodySize = bodySize ?? body.count
        // Some clients always write the property.
        self.messageID = messageID.flatMap { $0.isEmpty ? nil : Self.storable($0) }
        self.correlationID = correlationID.map(Self.storable)
        self.contentType = contentType.map(Self.storable)
        self.type = type.map(Self.storable)
        self.timestamp = timestamp
        self.headers =
            headers.contains(where: { $0.key.utf8.contains(0) || $0.value.utf8.contains(0) })
            ? Dictionary(headers.map { (Self.storable($0.key), Self.storable($0.value)) }, uniquingKeysWith: { $1 })
            : headers
        self.redelivered = redelivered
        self.receivedAt = receivedAt
    }

    /// For texts that are put into a message after it was made.
    public static func storable(_ text: String) -> String {
        text.utf8.contains(0) ? text.replacing("\u{0}", with: "\u{FFFD}") : text
    }

    private enum CodingKeys: String, CodingKey {
        case exchange, routingKey, body, bodySize, messageID, correlationID, contentType, type, timestamp, headers
        case redelivered, receivedAt
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        exchange = try values.decode(String.self, forKey: .exchange)
        routingKey = try values.decode(String.self, forKey: .routingKey)
        body = [UInt8](try values.decode(Data.self, forKey: .body))
        bodySize = try values.decode(Int.self, forKey: .bodySize)
        messageID = try values.decodeIfPresent(String.self, forKey: .messageID)
        correlationID = try values.decodeIfPresent(String.self, forKey: .correlationID)
        contentType = try values.decodeIfPresent(String.self, forKey: .contentType)
        type = try values.decodeIfPresent(String.self, forKey: .type)
        timestamp = try values.decodeIfPresent(Date.self, forKey: .timestamp)
        headers = try values.decode([String: String].self, forKey: .headers)
        redelivered = try values.decode(Bool.self, forKey: .redelivered)
        receivedAt = try values.decode(Date.self, forKey: .receivedAt)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(exchange, forKey: .exchange)
        try values.encode(routingKey, forKey: .routingKey)
        try values.encode(Data(body), forKey: .body)
        try values.encode(bodySize, forKey: .bodySize)
        try values.encodeIfPresent(messageID, forKey: .messageID)
        try values.encodeIfPresent(correlationID, forKey: .correlationID)
        try values.encodeIfPresent(contentType, forKey: .contentType)
        try values.encodeIfPresent(type, forKey: .type)
        try values.encodeIfPresent(timestamp, forKey: .timestamp)
        try values.encode(headers, forKey: .headers)
        try values.encode(redelivered, forKey: .redelivered)
        try values.encode(receivedAt, forKey: .receivedAt)
    }
}
