/// Puts a delivery together from its frames: method, content header, body in any number of pieces.
///
/// Keeps the body's first `maximumBodySize` bytes and only counts the rest. Frames at a place where AMQP 0-9-1 §4.2.6
/// does not allow them are a violation, after which the connection is of no use.
struct DeliveryAssembler: Sendable {
    enum Outcome: Equatable {
        /// Not part of a delivery: for somebody else.
        case passed
        case incomplete
        case complete(Assembled)
        case violation(String)
    }

    struct Assembled: Equatable {
        var method: DeliverMethod
        var properties: MessageProperties
        var body: [UInt8]
        var bodySize: Int
    }

    private enum State {
        case idle
        case awaitingHeader(DeliverMethod)
        case awaitingBody(Assembled, missing: UInt64)
    }

    private let maximumBodySize: Int
    private var state = State.idle

    init(maximumBodySize: Int) {
        self.maximumBodySize = max(0, maximumBodySize)
    }

    /// Forgets a half-received delivery: its connection is gone.
    mutating func reset() {
        state = .idle
    }

    mutating func take(_ frame: AMQPFrame) -> Outcome {
        switch (frame, state) {
        case (.deliver(let method), .idle):
            state = .awaitingHeader(method)
            return .incomplete
        case (.header(let header), .awaitingHeader(let method)):
            guard let bodySize = Int(exactly: header.bodySize) else {
                return fail("a body of \(header.bodySize) bytes was announced")
            }
            let delivery = Assembled(method: method, properties: header.properties, body: [], bodySize: bodySize)
            return advance(delivery, missing: header.bodySize)
        case (.body(let bytes), .awaitingBody(var delivery, let missing)):
            // Lets go of the state's own copy, so that appending does not copy what is there already.
            state = .idle
            guard UInt64(bytes.count) <= missing else {
                return fail("a body is longer than the \(delivery.bodySize) bytes announced")
            }
            let room = maximumBodySize - delivery.body.count
            if delivery.body.isEmpty, bytes.count <= room {
                delivery.body = bytes
            } else if room > 0 {
                delivery.body += bytes.prefix(room)
            }
            return advance(delivery, missing: missing - UInt64(bytes.count))
        case (.deliver, _), (.header, _), (.body, _), (.returned, _):
            return fail("\(name(of: frame)) came out of order")
        case (.connectionClose, _), (.connectionCloseOK, _), (.blocked, _), (.unblocked, _), (.channelClose, _):
            // The connection's own frames may come between any two; a closed channel ends what it was sending.
            return .passed
        case (_, .idle):
            return .passed
        default:
            return fail("a method came between the frames of a delivery")
        }
    }

    private mutating func advance(_ delivery: Assembled, missing: UInt64) -> Outcome {
        guard missing > 0 else {
            state = .idle
            return .complete(delivery)
        }
        state = .awaitingBody(delivery, missing: missing)
        return .incomplete
    }

    private mutating func fail(_ reason: String) -> Outcome {
        state = .idle
        return .violation(reason)
    }

    private func name(of frame: AMQPFrame) -> String {
        switch frame {
        case .deliver: "basic.deliver"
        case .header: "a content header"
        case .body: "a content body"
        default: "a frame"
        }
    }
}
