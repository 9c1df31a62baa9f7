import AMQPShim

/// One frame that waits to be written, small enough never to fill a socket that had room.
enum OutgoingFrame: Sendable, Equatable {
    case qos(prefetch: UInt16)
    case consume(queue: String, consumerTag: String)
    case cancel(consumerTag: String)
    case bind(queue: String, exchange: String, routingKey: String)
    case ack(AckFrame)
    case channelCloseOK
    case connectionClose
    case connectionCloseOK
    case heartbeat
    case publish(PublishedMessage)
    case contentHeader(PublishedMessage)
    case body(PublishedMessage, offset: Int)

    /// Bytes of a body in one frame, at most: well below a socket's free buffer when poll reports room.
    static let bodyPiece = 4096

    /// What follows a `publish`: its content header and its body in pieces.
    static func content(of message: PublishedMessage) -> [OutgoingFrame] {
        [.contentHeader(message)]
            + stride(from: 0, to: message.body.count, by: bodyPiece).map { .body(message, offset: $0) }
    }

    /// Writes the frame, or nothing when the socket has no room.
    func write(to connection: AMQPConnection) -> amqp_shim_result {
        let handle = connection.handle
        let channel = AMQPConnection.channel
        switch self {
        case .qos(let prefetch):
            return amqp_shim_send_qos(handle, channel, prefetch)
        case .consume(let queue, let tag):
            return amqp_shim_send_consume(handle, channel, queue, tag)
        case .cancel(let tag):
            return amqp_shim_send_cancel(handle, channel, tag)
        case .bind(let queue, let exchange, let key):
            return amqp_shim_send_bind(handle, channel, queue, exchange, key)
        case .ack(.acknowledge(let tag, let multiple)):
            return amqp_shim_send_ack(handle, channel, tag, multiple)
        case .ack(.reject(let tag, let multiple, let requeue)):
            return amqp_shim_send_nack(handle, channel, tag, multiple, requeue)
        case .channelCloseOK:
            return amqp_shim_send_channel_close_ok(handle, channel)
        case .connectionClose:
            return amqp_shim_send_connection_close(handle)
        case .connectionCloseOK:
            return amqp_shim_send_connection_close_ok(handle)
        case .heartbeat:
            return amqp_shim_send_heartbeat(handle)
        case .publish(let message):
            return message.withShimMessage { amqp_shim_send_publish(handle, channel, &$0) }
        case .contentHeader(let message):
            return message.withShimMessage { amqp_shim_send_content_header(handle, channel, &$0) }
        case .body(let message, let offset):
            let end = min(offset + Self.bodyPiece, message.body.count)
            return message.body[offset..<end].withUnsafeBufferPointer {
                amqp_shim_send_body(handle, channel, $0.baseAddress, $0.count)
            }
        }
    }
}
