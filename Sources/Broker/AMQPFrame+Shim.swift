import AMQPShim

extension AMQPFrame {
    /// Copies a frame out of the handle's memory, which the next call on it uses again.
    init(_ frame: amqp_shim_frame) {
        switch frame.kind {
        case AMQP_SHIM_FRAME_DELIVER:
            self = .deliver(
                DeliverMethod(
                    consumerTag: frame.consumer_tag.string,
                    deliveryTag: frame.delivery_tag,
                    redelivered: frame.redelivered,
                    exchange: frame.exchange.string,
                    routingKey: frame.routing_key.string
                )
            )
        case AMQP_SHIM_FRAME_RETURN:
            self = .returned(
                ReturnMethod(
                    replyCode: Int(frame.reply_code),
                    replyText: frame.reply_text.string,
                    exchange: frame.exchange.string,
                    routingKey: frame.routing_key.string
                )
            )
        case AMQP_SHIM_FRAME_HEADER:
            self = .header(ContentHeader(bodySize: frame.body_size, properties: MessageProperties(frame)))
        case AMQP_SHIM_FRAME_BODY:
            self = .body(frame.body.array)
        case AMQP_SHIM_FRAME_QOS_OK:
            self = .qosOK
        case AMQP_SHIM_FRAME_CONSUME_OK:
            self = .consumeOK(consumerTag: frame.consumer_tag.string)
        case AMQP_SHIM_FRAME_CANCEL_OK:
            self = .cancelOK(consumerTag: frame.consumer_tag.string)
        case AMQP_SHIM_FRAME_CANCEL:
            self = .cancel(consumerTag: frame.consumer_tag.string)
        case AMQP_SHIM_FRAME_BIND_OK:
            self = .bindOK
        case AMQP_SHIM_FRAME_ACK:
            self = .acknowledged(tag: frame.delivery_tag, multiple: frame.multiple)
        case AMQP_SHIM_FRAME_NACK:
            self = .refused(tag: frame.delivery_tag, multiple: frame.multiple)
        case AMQP_SHIM_FRAME_CHANNEL_CLOSE:
            self = .channelClose(code: Int(frame.reply_code), text: frame.reply_text.string)
        case AMQP_SHIM_FRAME_CONNECTION_CLOSE:
            self = .connectionClose(code: Int(frame.reply_code), text: frame.reply_text.string)
        case AMQP_SHIM_FRAME_CONNECTION_CLOSE_OK:
            self = .connectionCloseOK
        case AMQP_SHIM_FRAME_BLOCKED:
            self = .blocked(reason: frame.reply_text.string)
        case AMQP_SHIM_FRAME_UNBLOCKED:
            self = .unblocked
        default:
            self = .other(method: frame.method)
        }
    }
}

extension MessageProperties {
    fileprivate init(_ frame: amqp_shim_frame) {
        self.init(
            messageID: frame.message_id.optionalString,
            correlationID: frame.correlation_id.optionalString,
            contentType: frame.content_type.optionalString,
            type: frame.type.optionalString,
            timestamp: frame.has_timestamp ? Int64(bitPattern: frame.timestamp) : nil,
            deliveryMode: frame.has_delivery_mode ? frame.delivery_mode : nil,
            headers: HeaderTable.read(
                UnsafeBufferPointer(start: frame.fields, count: frame.field_count),
                entries: frame.header_count
            )
        )
    }
}

extension amqp_shim_bytes {
    var array: [UInt8] { Array(UnsafeBufferPointer(start: data, count: length)) }
    /// Bytes that are not UTF-8 come out as U+FFFD.
    var string: String { String(decoding: UnsafeBufferPointer(start: data, count: length), as: UTF8.self) }
    var optionalString: String? { data == nil ? nil : string }
}
