import Broker
import DomainEvents
import FoundationEssentials

extension IncomingMessage {
    /// What the pipeline reads of a delivery: scalar headers as text, the rest as it came.
    init(_ delivery: Delivery, receivedAt: Date) {
        let properties = delivery.properties
        var headers: [String: String] = [:]
        for (name, value) in properties.headers {
            if let text = value.scalarText { headers[name] = text }
        }
        self.init(
            exchange: delivery.exchange,
            routingKey: delivery.routingKey,
            body: delivery.body,
            bodySize: delivery.bodySize,
            messageID: properties.messageID,
            correlationID: properties.correlationID,
            contentType: properties.contentType,
            type: properties.type,
            timestamp: properties.timestamp.map { Date(timeIntervalSince1970: Double($0)) },
            headers: headers,
            redelivered: delivery.redelivered,
            receivedAt: receivedAt
        )
    }
}
