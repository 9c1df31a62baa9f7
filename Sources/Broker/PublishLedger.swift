/// Matches the broker's confirms, refusals and returns to what was published on a channel.
///
/// Confirms count publishes from 1 and may cover several at once (https://www.rabbitmq.com/docs/confirms). A returned
/// message is confirmed like any other: its `basic.return`, which names no tag, comes before its confirm, so the
/// earliest unconfirmed message with the same address and message id is the one.
struct PublishLedger: Sendable {
    /// What a return tells of its message.
    struct Key: Sendable, Equatable {
        var exchange: String
        var routingKey: String
        var messageID: String?

        init(exchange: String, routingKey: String, messageID: String?) {
            self.exchange = exchange
            self.routingKey = routingKey
            self.messageID = messageID
        }

        init(_ message: PublishedMessage) {
            self.init(
                exchange: message.exchange,
                routingKey: message.routingKey,
                messageID: message.properties.messageID
            )
        }
    }

    /// What became of one publish.
    struct Settled: Sendable, Equatable {
        var tag: UInt64
        var result: Outcome
    }

    enum Outcome: Sendable, Equatable {
        case confirmed
        case returned(ReturnMethod)
        case refused
    }

    private struct Entry {
        var tag: UInt64
        var key: Key
        var returned: ReturnMethod?
    }

    private var lastTag: UInt64 = 0
    private var entries: [Entry] = []
    private var pendingReturn: ReturnMethod?

    var unconfirmedCount: Int { entries.count }

    /// - Returns: the tag the broker will use for it.
    mutating func published(_ key: Key) -> UInt64 {
        lastTag += 1
        entries.append(Entry(tag: lastTag, key: key))
        return lastTag
    }

    /// `basic.return`; its content header, which has the message id, comes next.
    mutating func returned(_ method: ReturnMethod) {
        pendingReturn = method
    }

    /// The content header after `basic.return`.
    mutating func header(messageID: String?) {
        guard let method = pendingReturn else { return }
        pendingReturn = nil
        let key = Key(exchange: method.exchange, routingKey: method.routingKey, messageID: messageID)
        guard let index = entries.firstIndex(where: { $0.returned == nil && $0.key == key }) else { return }
        entries[index].returned = method
    }

    mutating func confirmed(_ tag: UInt64, multiple: Bool) -> [Settled] {
        take(tag, multiple: multiple).map { entry in
            Settled(tag: entry.tag, result: entry.returned.map { .returned($0) } ?? .confirmed)
        }
    }

    mutating func refused(_ tag: UInt64, multiple: Bool) -> [Settled] {
        take(tag, multiple: multiple).map { Settled(tag: $0.tag, result: .refused) }
    }

    /// A multiple confirm of tag 0 means all (AMQP 0-9-1 §1.8.3.13).
    private mutating func take(_ tag: UInt64, multiple: Bool) -> [Entry] {
        if multiple {
            let count = tag == 0 ? entries.count : entries.prefix { $0.tag <= tag }.count
            defer { entries.removeFirst(count) }
            return Array(entries[..<count])
        }
        guard let index = entries.firstIndex(where: { $0.tag == tag }) else { return [] }
        return [entries.remove(at: index)]
    }
}
