import FoundationEssentials
import Testing

@testable import DomainEvents

/// Messages and schemas that the suites share: the built-in types as the contract declares them.
enum Fixture {
    static let receivedAt = Date(timeIntervalSince1970: 1_795_000_000)

    static let payment = schema([
        ("paymentId", "id"), ("userId", "id"), ("amount", "money(currency)"), ("currency", "currency"),
        ("note", "text?"),
    ])
    static let signup = schema([("userId", "id"), ("email", "text"), ("name", "text?")])
    static let reset = schema([("userId", "id"), ("resetUrl", "url?"), ("token", "text?"), ("expiresAt", "time?")])

    static func schema(_ fields: [(String, String)]) -> EventSchema {
        EventSchema(fields: fields.compactMap { FieldSpec(name: $0.0, declaration: $0.1) })
    }

    static func message(
        _ type: String,
        _ json: String,
        id: String? = "evt-1",
        contentType: String? = "application/json",
        declaredType: String? = nil,
        timestamp: Date? = nil,
        headers: [String: String] = [:]
    ) -> IncomingMessage {
        IncomingMessage(
            exchange: "domain-events",
            routingKey: type,
            body: Array(json.utf8),
            messageID: id,
            contentType: contentType,
            type: declaredType,
            timestamp: timestamp,
            headers: headers,
            receivedAt: receivedAt
        )
    }

    /// A payment with one member replaced or added; the rest is right.
    static func paymentJSON(
        paymentId: String = #""p-1""#,
        userId: String = #""u-1""#,
        amount: String = "19.99",
        currency: String = #""EUR""#,
        more: String = ""
    ) -> String {
        #"{"paymentId":\#(paymentId),"userId":\#(userId),"amount":\#(amount),"currency":\#(currency)\#(more)}"#
    }

    static func decode(
        _ message: IncomingMessage,
        _ schema: EventSchema = payment,
        links: LinkPolicy = .any
    ) throws -> DomainEvent {
        try EventDecoder(links: links).decode(message, schema: schema)
    }

    static func decodePayment(_ json: String) throws -> DomainEvent {
        try decode(message("payment.completed", json))
    }

    /// The rejection that decoding ends in; a test fails where it ends in none.
    static func rejection(
        _ message: IncomingMessage,
        _ schema: EventSchema = payment,
        links: LinkPolicy = .any
    ) throws -> EventRejection {
        try #require(throws: EventRejection.self) { try decode(message, schema, links: links) }
    }

    static func paymentRejection(_ json: String) throws -> EventRejection {
        try rejection(message("payment.completed", json))
    }
}

extension Decimal {
    /// Exact: a literal with a fraction would go through a Double.
    static func exactly(_ text: String) throws -> Decimal {
        try #require(Decimal(string: text))
    }
}
