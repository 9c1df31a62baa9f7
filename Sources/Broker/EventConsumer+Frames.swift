import Dispatch
import Reactor

extension EventConsumer {
    /// Takes what came and writes what waits: the descriptor became ready, or there was more than one turn's worth.
    func read() {
        guard let link else { return }
        let proven = link.isDrained ? unproven : []
        let hadInput = link.connection.isReadable
        var deliveries: [Delivery] = []
        var hasMore = false
        var failure: BrokerError?
        do {
            hasMore = try link.read { frame throws(BrokerError) in try take(frame, into: &deliveries) }
        } catch {
            failure = error
        }
        hand(over: &deliveries)
        if let failure {
            run(machine.lost(failure))
            return
        }
        if hadInput, !proven.isEmpty, self.link === link {
            unproven.removeFirst(proven.count)
            handler.acknowledged(proven)
        }
        flush()
        if hasMore { reactor.queue.async { [weak self] in self?.assumeIsolated { $0.read() } } }
    }

    func tick() {
        guard let link else { return }
        // A heartbeat from the broker is input, too, and the library shows none of it.
        read()
        guard self.link === link else { return }
        do {
            try link.tick()
        } catch {
            run(machine.lost(error))
        }
    }

    private func take(_ frame: AMQPFrame, into deliveries: inout [Delivery]) throws(BrokerError) {
        switch assembler.take(frame) {
        case .incomplete:
            break
        case .complete(let assembled):
            guard machine.phase == .open else { return }
            guard let consumer = ConsumerName(consumerTag: assembled.method.consumerTag) else {
                throw BrokerError(.protocol, "the broker delivered to a consumer that is not ours")
            }
            guard ledger.delivered(assembled.method.deliveryTag) else {
                throw BrokerError(.protocol, "the broker sent a delivery tag twice")
            }
            deliveries.append(
                Delivery(assembled, consumer: consumer, generation: generation)
            )
        case .violation(let reason):
            throw BrokerError(.protocol, "the broker broke AMQP's rules: \(reason)")
        case .passed:
            // The handler learns of a delivery before it learns of anything that came after it.
            hand(over: &deliveries)
            takeControl(frame)
        }
    }

    private func takeControl(_ frame: AMQPFrame) {
        switch frame {
        case .consumeOK(let tag): forConsumer(tag) { machine.consumeConfirmed($0) }
        case .cancelOK(let tag): forConsumer(tag) { machine.cancelConfirmed($0) }
        case .cancel(let tag): forConsumer(tag) { machine.cancelledByServer($0) }
        case .channelClose(let code, let text):
            assembler.reset()
            run(machine.channelClosed(closed("channel", code, text)))
        case .connectionClose(let code, let text):
            run(machine.connectionClosed(closed("connection", code, text)))
        case .connectionCloseOK: run(machine.closed())
        case .blocked(let reason):
            link?.isBlocked = true
            handler.changed(.blocked(reason: reason))
        case .unblocked:
            link?.isBlocked = false
            handler.changed(.blocked(reason: nil))
        case .qosOK, .bindOK, .other, .acknowledged, .refused, .deliver, .returned, .header, .body:
            break
        }
    }

    private func forConsumer(
        _ tag: String,
        _ step: (ConsumerName) -> [ConsumerStateMachine.Action]
    ) {
        guard let consumer = ConsumerName(consumerTag: tag) else { return }
        run(step(consumer))
    }

    private func closed(_ what: String, _ code: Int, _ text: String) -> BrokerError {
        let node = link?.connection.node.description ?? "the broker"
        return BrokerError(.closedByBroker, "\(node) closed the \(what): \(text) (\(code))", replyCode: code)
    }

    private func hand(over deliveries: inout [Delivery]) {
        guard !deliveries.isEmpty else { return }
        handler.received(deliveries)
        deliveries = []
    }

    /// Once at the end of this turn of the reactor, with all that it brought.
    func scheduleFlush() {
        guard !isFlushScheduled, link != nil else { return }
        isFlushScheduled = true
        reactor.queue.async { [weak self] in self?.assumeIsolated { $0.flushScheduled() } }
    }

    private func flushScheduled() {
        isFlushScheduled = false
        flush()
    }

    private func flush() {
        guard let link else { return }
        // While frames wait for room, settlements gather in the ledger: later they are fewer frames.
        if machine.phase == .open, link.isDrained, ledger.hasPending {
            write(ledger.take(now: now()))
            watchHeldAcks()
        }
        do {
            try link.flush()
        } catch {
            run(machine.lost(error))
        }
    }

    /// Comes back for acknowledgements that wait for a slower delivery before them.
    private func watchHeldAcks() {
        guard heldAcksTimer == nil, let deadline = ledger.deadline else { return }
        heldAcksTimer = reactor.schedule(after: deadline - now()) { [weak self] in
            self?.assumeIsolated { consumer in
                consumer.heldAcksTimer = nil
                consumer.flush()
                consumer.watchHeldAcks()
            }
        }
    }
}

extension Delivery {
    init(_ assembled: DeliveryAssembler.Assembled, consumer: ConsumerName, generation: UInt64) {
        self.init(
            id: DeliveryID(generation: generation, tag: assembled.method.deliveryTag),
            consumer: consumer,
            exchange: assembled.method.exchange,
            routingKey: assembled.method.routingKey,
            redelivered: assembled.method.redelivered,
            properties: assembled.properties,
            body: assembled.body,
            bodySize: assembled.bodySize
        )
    }
}
