@testable import Broker

/// Frames of deliveries, in order and out of it.
struct FrameSequence {
    private let frames: [AMQPFrame]
    private let maximumBodySize: Int

    init(_ random: inout SeededRandom) {
        maximumBodySize = random.pick([0, 1, 10, 1_000])
        var frames: [AMQPFrame] = []
        for tag in 1...(1 + random.size(upTo: 6)) {
            let size = random.size(upTo: 40)
            frames.append(.deliver(Self.method(UInt64(tag))))
            frames.append(.header(ContentHeader(bodySize: UInt64(size), properties: MessageProperties())))
            var missing = size
            while missing > 0 {
                let count = 1 + random.below(missing)
                frames.append(.body(random.bytes(count)))
                missing -= count
            }
        }
        for _ in 0..<(random.once(in: 2) ? 0 : random.below(4)) {
            let place = random.below(frames.count)
            switch random.below(3) {
            case 0: frames.remove(at: place)
            case 1: frames.swapAt(place, random.below(frames.count))
            default: frames.insert(Self.any(&random), at: place)
            }
            if frames.isEmpty { break }
        }
        self.frames = frames
    }

    private static func method(_ tag: UInt64) -> DeliverMethod {
        DeliverMethod(consumerTag: "c", deliveryTag: tag, redelivered: false, exchange: "e", routingKey: "k")
    }

    private static func any(_ random: inout SeededRandom) -> AMQPFrame {
        let size = random.pick([0, 1, 5, UInt64(Int64.max), UInt64(Int64.max) + 1, UInt64.max])
        return random.pick([
            .deliver(method(random.next())), .header(ContentHeader(bodySize: size, properties: MessageProperties())),
            .body([]), .body(random.bytes(random.size(upTo: 100))), .blocked(reason: ""), .unblocked, .qosOK,
            .cancel(consumerTag: "c"), .channelClose(code: 406, text: "x"), .other(method: 1),
            .returned(ReturnMethod(replyCode: 312, replyText: "", exchange: "", routingKey: "")),
        ])
    }

    func play() throws {
        var assembler = DeliveryAssembler(maximumBodySize: maximumBodySize)
        var announced: UInt64 = 0
        var body: [UInt8] = []
        for frame in frames {
            if case .header(let header) = frame { (announced, body) = (header.bodySize, []) }
            if case .body(let bytes) = frame { body += bytes }
            switch assembler.take(frame) {
            case .complete(let delivery):
                try require(UInt64(delivery.bodySize) == announced, "\(delivery.bodySize) bytes of \(announced)")
                try require(delivery.body == Array(body.prefix(maximumBodySize)), "another body")
                try require(UInt64(body.count) == announced, "complete after \(body.count) of \(announced) bytes")
            case .violation: return
            case .incomplete, .passed: continue
            }
        }
    }
}
