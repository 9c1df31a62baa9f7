import AMQPShim

extension PublishedMessage {
    /// The message as the shim's flat struct, whose pointers live as long as `body` runs.
    func withShimMessage(_ use: (inout amqp_shim_message) -> amqp_shim_result) -> amqp_shim_result {
        var block: [CChar] = []
        func place(_ text: String?) -> Int? {
            guard let text else { return nil }
            defer { block += text.utf8CString }
            return block.count
        }
        let exchangeAt = place(exchange)
        let routingKeyAt = place(routingKey)
        let messageIDAt = place(properties.messageID)
        let correlationIDAt = place(properties.correlationID)
        let contentTypeAt = place(properties.contentType)
        let typeAt = place(properties.type)
        var headerPlaces: [(name: Int?, text: Int?, length: Int, number: Int64)] = []
        for (name, value) in properties.headers {
            switch Self.scalar(value) {
            case .text(let text): headerPlaces.append((place(name), place(text), text.utf8.count, 0))
            case .number(let number): headerPlaces.append((place(name), nil, 0, number))
            case nil: continue
            }
        }
        return block.withUnsafeBufferPointer { buffer in
            func pointer(_ offset: Int?) -> UnsafePointer<CChar>? {
                guard let offset else { return nil }
                return buffer.baseAddress.map { $0 + offset }
            }
            let headers = headerPlaces.map { entry in
                amqp_shim_header(
                    name: pointer(entry.name),
                    text: pointer(entry.text),
                    text_length: entry.length,
                    number: entry.number
                )
            }
            return headers.withUnsafeBufferPointer { headers in
                var message = amqp_shim_message(
                    exchange: pointer(exchangeAt),
                    routing_key: pointer(routingKeyAt),
                    message_id: pointer(messageIDAt),
                    correlation_id: pointer(correlationIDAt),
                    content_type: pointer(contentTypeAt),
                    type: pointer(typeAt),
                    has_timestamp: properties.timestamp != nil,
                    timestamp: UInt64(bitPattern: properties.timestamp ?? 0),
                    delivery_mode: 2,
                    headers: headers.baseAddress,
                    header_count: headers.count,
                    body_size: UInt64(body.count)
                )
                return use(&message)
            }
        }
    }
}
