import Reactor

extension EventConsumer {
    /// Carries out what the state machine decided, and wakes whom the new state concerns.
    func run(_ actions: [ConsumerStateMachine.Action]) {
        for action in actions { run(action) }
        if machine.isQuiet { resume(&idleWaiters) }
        if machine.phase == .stopped { resume(&stopWaiters) }
    }

    private func run(_ action: ConsumerStateMachine.Action) {
        switch action {
        case .connect: connect()
        case .abandonAttempt:
            attempt?.abandon()
            attempt = nil
        case .scheduleRetry: scheduleRetry()
        case .cancelRetry: retryTimer?.cancel()
        case .subscribe(let consumer):
            // The prefetch of basic.qos holds for the consumers started after it.
            link?.send(.qos(prefetch: configuration.prefetch(of: consumer)))
            link?.send(
                .consume(queue: configuration.topology.queue(of: consumer), consumerTag: freshTag(of: consumer))
            )
            scheduleFlush()
        case .cancel(let consumer):
            guard let tag = consumerTags[consumer] else { break }
            link?.send(.cancel(consumerTag: tag))
            scheduleFlush()
        case .writeSettled: send(ledger.take(now: now()))
        case .returnUnsettled: send(ledger.takeAll())
        case .confirmChannelClose: send(.channelCloseOK)
        case .confirmConnectionClose:
            send(.connectionCloseOK)
            // The last word, if there is room for it: the connection is dropped next.
            try? link?.flush()
        case .closeConnection:
            send(.connectionClose)
            closeTimer = reactor.schedule(after: .seconds(5)) { [weak self] in
                self?.assumeIsolated { $0.run($0.machine.closed()) }
            }
        case .release: release()
        case .tell(let event): handler.changed(event)
        case .tellCancelled(let consumer):
            handler.changed(.cancelledByServer(queue: configuration.topology.queue(of: consumer)))
        }
    }

    private func send(_ frame: OutgoingFrame) {
        link?.send(frame)
        scheduleFlush()
    }

    func send(_ batch: AckLedger.Batch) {
        write(batch)
        scheduleFlush()
    }

    func write(_ batch: AckLedger.Batch) {
        for frame in batch.frames { link?.send(.ack(frame)) }
        unproven += batch.acknowledged.map { DeliveryID(generation: generation, tag: $0) }
        tell(of: batch)
        guard !proofWanted.isDisjoint(with: batch.acknowledged) else { return }
        proofWanted.subtract(batch.acknowledged)
        // Set as it is already: for its answer's sake.
        link?.send(.qos(prefetch: configuration.prefetch(of: .events)))
    }

    private func tell(of batch: AckLedger.Batch) {
        guard let since = unwrittenSince, !batch.frames.isEmpty else { return }
        // What is held back behind a slower delivery begins anew: the ledger bounds that by itself.
        unwrittenSince = ledger.hasPending ? now() : nil
        let acks = batch.frames.count { if case .acknowledge = $0 { true } else { false } }
        handler.wrote(acks: acks, rejects: batch.frames.count - acks, after: since.duration(to: now()))
    }

    private func connect() {
        let node = configuration.nodes[backoff.node]
        handler.changed(.connecting(node))
        attempt = ConnectionAttempt(
            to: node,
            for: .consuming,
            configuration: configuration,
            reactor: reactor
        ) { [weak self] outcome in
            self?.assumeIsolated { $0.finishAttempt(outcome) }
        }
    }

    private func finishAttempt(_ outcome: ConnectionAttempt.Outcome) {
        attempt = nil
        switch outcome {
        case .success(let connection): adopt(connection)
        case .failure(.broker(let error)): run(machine.attemptFailed(error))
        case .failure(.mismatch(let error)): run(machine.topologyDiffers(error))
        }
    }

    private func adopt(_ connection: AMQPConnection) {
        guard
            let link = ConnectionLink(
                connection: connection,
                reactor: reactor,
                now: now,
                onReady: { [weak self] in self?.assumeIsolated { $0.read() } },
                onTick: { [weak self] in self?.assumeIsolated { $0.tick() } }
            )
        else {
            run(machine.attemptFailed(BrokerError(.connect, "\(connection.node): no file descriptor is left")))
            return
        }
        self.link = link
        generation += 1
        connectedSince = now()
        handler.changed(.connected(connection.node, serverVersion: connection.serverVersion))
        run(machine.connected())
        // What came before the watch began makes no descriptor ready.
        read()
    }

    private func release() {
        closeTimer?.cancel()
        heldAcksTimer?.cancel()
        closeTimer = nil
        heldAcksTimer = nil
        link?.cancel()
        link = nil
        ledger = AckLedger()
        assembler.reset()
        unproven = []
        proofWanted = []
        unwrittenSince = nil
        if let connectedSince { backoff.connectionEnded(after: now() - connectedSince) }
        connectedSince = nil
    }

    private func scheduleRetry() {
        let retry = backoff.next(random: random())
        handler.changed(.retrying(after: retry.delay, configuration.nodes[retry.node]))
        retryTimer = reactor.schedule(after: retry.delay) { [weak self] in
            self?.assumeIsolated { $0.run($0.machine.retryDue()) }
        }
    }

    private func resume(_ waiters: inout [CheckedContinuation<Void, Never>]) {
        for waiter in waiters { waiter.resume() }
        waiters = []
    }
}

extension EventConsumer {
    /// A tag that this channel has not had (AMQP 0-9-1 §1.8.3.3): a quorum queue keeps a cancelled consumer as long as it
    /// holds messages, and consuming again under its tag made RabbitMQ 3.10 deliver nothing, or close the connection
    /// with 541.
    private func freshTag(of consumer: ConsumerName) -> String {
        tagCount += 1
        let tag = "\(consumer.tagPrefix)\(tagCount)"
        consumerTags[consumer] = tag
        return tag
    }
}

extension ConsumerName {
    fileprivate var tagPrefix: String {
        switch self {
        case .events: "notifyd.events."
        case .deadLetters: "notifyd.dead-letters."
        }
    }

    init?(consumerTag: String) {
        guard let name = Self.allCases.first(where: { consumerTag.hasPrefix($0.tagPrefix) }) else { return nil }
        self = name
    }
}
