import Testing

@testable import Broker

@Suite("DeliveryAssembler")
struct DeliveryAssemblerTests {
    private let method = DeliverMethod(
        consumerTag: "notifyd.events",
        deliveryTag: 1,
        redelivered: false,
        exchange: "domain-events",
        routingKey: "user.signup"
    )

    private func header(_ size: UInt64) -> AMQPFrame {
        .header(ContentHeader(bodySize: size, properties: MessageProperties(messageID: "m1")))
    }

    private func complete(_ body: [UInt8], size: Int) -> DeliveryAssembler.Outcome {
        .complete(
            .init(method: method, properties: MessageProperties(messageID: "m1"), body: body, bodySize: size)
        )
    }

    @Test("method, header, one body: complete")
    func whole() {
        var assembler = DeliveryAssembler(maximumBodySize: 100)
        #expect(assembler.take(.deliver(method)) == .incomplete)
        #expect(assembler.take(header(3)) == .incomplete)
        #expect(assembler.take(.body([1, 2, 3])) == complete([1, 2, 3], size: 3))
    }

    @Test("an announced size of 0: complete without a body frame")
    func empty() {
        var assembler = DeliveryAssembler(maximumBodySize: 100)
        #expect(assembler.take(.deliver(method)) == .incomplete)
        #expect(assembler.take(header(0)) == complete([], size: 0))
        #expect(assembler.take(.deliver(method)) == .incomplete)
    }

    @Test("a body split at every place: the same bytes", arguments: 0...6)
    func split(at place: Int) {
        let body: [UInt8] = [1, 2, 3, 4, 5, 6]
        var assembler = DeliveryAssembler(maximumBodySize: 100)
        _ = assembler.take(.deliver(method))
        _ = assembler.take(header(6))
        var outcome = assembler.take(.body(Array(body[..<place])))
        if outcome == .incomplete { outcome = assembler.take(.body(Array(body[place...]))) }
        #expect(outcome == complete(body, size: 6))
    }

    @Test(
        "a body over the limit, in pieces of every size: the first bytes are kept, all are counted",
        arguments: 1...11
    )
    func oversize(piece: Int) {
        let body = Array(UInt8(0)..<11)
        var assembler = DeliveryAssembler(maximumBodySize: 4)
        _ = assembler.take(.deliver(method))
        _ = assembler.take(header(11))
        var outcome = DeliveryAssembler.Outcome.incomplete
        for start in stride(from: 0, to: body.count, by: piece) {
            #expect(outcome == .incomplete)
            outcome = assembler.take(.body(Array(body[start..<min(start + piece, body.count)])))
        }
        #expect(outcome == complete([0, 1, 2, 3], size: 11))
    }

    @Test("more body than announced: a violation")
    func tooMuch() {
        var assembler = DeliveryAssembler(maximumBodySize: 100)
        _ = assembler.take(.deliver(method))
        _ = assembler.take(header(2))
        #expect(isViolation(assembler.take(.body([1, 2, 3]))))
    }

    @Test("a size no machine can hold: a violation, no trap")
    func absurdSize() {
        var assembler = DeliveryAssembler(maximumBodySize: 100)
        _ = assembler.take(.deliver(method))
        #expect(isViolation(assembler.take(header(.max))))
    }

    @Test("frames out of order: violations")
    func outOfOrder() {
        for frames: [AMQPFrame] in [
            [header(1)], [.body([1])], [.deliver(method), .body([1])], [.deliver(method), .deliver(method)],
            [.deliver(method), header(2), header(2)], [.deliver(method), header(2), .deliver(method)],
            [.deliver(method), header(2), .cancelOK(consumerTag: "x")],
            [.deliver(method), .consumeOK(consumerTag: "x")],
        ] {
            var assembler = DeliveryAssembler(maximumBodySize: 100)
            let outcomes = frames.map { assembler.take($0) }
            #expect(outcomes.last.map(isViolation) == true, "\(frames)")
        }
    }

    @Test("the connection's own frames between the pieces: passed on, and the delivery completes")
    func interleaved() {
        var assembler = DeliveryAssembler(maximumBodySize: 100)
        _ = assembler.take(.deliver(method))
        #expect(assembler.take(.blocked(reason: "memory")) == .passed)
        _ = assembler.take(header(2))
        #expect(assembler.take(.unblocked) == .passed)
        _ = assembler.take(.body([1]))
        #expect(assembler.take(.connectionClose(code: 320, text: "")) == .passed)
        #expect(assembler.take(.body([2])) == complete([1, 2], size: 2))
    }

    @Test("methods outside of a delivery: passed on")
    func methods() {
        var assembler = DeliveryAssembler(maximumBodySize: 100)
        for frame: AMQPFrame in [.qosOK, .consumeOK(consumerTag: "a"), .cancel(consumerTag: "a"), .other(method: 1)] {
            #expect(assembler.take(frame) == .passed)
        }
    }

    @Test("reset in the middle: the next connection begins anew")
    func reset() {
        var assembler = DeliveryAssembler(maximumBodySize: 100)
        _ = assembler.take(.deliver(method))
        _ = assembler.take(header(2))
        assembler.reset()
        #expect(assembler.take(.deliver(method)) == .incomplete)
        #expect(assembler.take(header(0)) == complete([], size: 0))
    }

    private func isViolation(_ outcome: DeliveryAssembler.Outcome) -> Bool {
        if case .violation = outcome { true } else { false }
    }
}
