/// One frame from the broker as a value; whatever AMQP has beyond these is `other`.
enum AMQPFrame: Sendable, Equatable {
    case deliver(DeliverMethod)
    case returned(ReturnMethod)
    case header(ContentHeader)
    case body([UInt8])
    case qosOK
    case consumeOK(consumerTag: String)
    case cancelOK(consumerTag: String)
    case cancel(consumerTag: String)
    case bindOK
    case acknowledged(tag: UInt64, multiple: Bool)
    case refused(tag: UInt64, multiple: Bool)
    case channelClose(code: Int, text: String)
    case connectionClose(code: Int, text: String)
    case connectionCloseOK
    case blocked(reason: String)
    case unblocked
    case other(method: UInt32)
}

/// `basic.deliver`: the first of a delivery's frames (AMQP 0-9-1 §1.8.3.13).
struct DeliverMethod: Sendable, Equatable {
    var consumerTag: String
    var deliveryTag: UInt64
    var redelivered: Bool
    var exchange: String
    var routingKey: String
}

/// The content header: what comes between a method that carries content and its body.
struct ContentHeader: Sendable, Equatable {
    var bodySize: UInt64
    var properties: MessageProperties
}

/// `basic.return`: a mandatory message that no queue took, followed by its content (AMQP 0-9-1 §1.8.3.11).
struct ReturnMethod: Sendable, Equatable {
    var replyCode: Int
    var replyText: String
    var exchange: String
    var routingKey: String
}
