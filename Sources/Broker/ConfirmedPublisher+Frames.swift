import Dispatch
import Reactor

extension ConfirmedPublisher {
    func connect(to node: BrokerNode) async throws(BrokerError) {
        let outcome: ConnectionAttempt.Outcome = await withCheckedContinuation { continuation in
            attempts.append(
                ConnectionAttempt(to: node, for: .publishing, configuration: configuration, reactor: reactor) {
                    continuation.resume(returning: $0)
                }
            )
        }
        attempts = []
        switch outcome {
        case .success(let connection): try adopt(connection)
        case .failure(.broker(let error)): throw error
        case .failure(.mismatch(let error)): throw BrokerError(.topology, error.description)
        }
    }

    private func adopt(_ connection: AMQPConnection) throws(BrokerError) {
        guard
            let link = ConnectionLink(
                connection: connection,
                reactor: reactor,
                now: now,
                onReady: { [weak self] in self?.assumeIsolated { $0.read() } },
                onTick: { [weak self] in self?.assumeIsolated { $0.tick() } }
            )
        else { throw BrokerError(.connect, "\(connection.node): no file descriptor is left") }
        self.link = link
        ledger = PublishLedger()
        failure = nil
        node = connection.node
        read()
    }

    func scheduleFlush() {
        guard !isFlushScheduled, link != nil else { return }
        isFlushScheduled = true
        reactor.queue.async { [weak self] in
            self?.assumeIsolated { publisher in
                publisher.isFlushScheduled = false
                publisher.attend { link throws(BrokerError) in try link.flush() }
            }
        }
    }

    private func read() {
        var hasMore = false
        attend { link throws(BrokerError) in
            hasMore = try link.read { frame throws(BrokerError) in try take(frame) }
            try link.flush()
        }
        if hasMore { reactor.queue.async { [weak self] in self?.assumeIsolated { $0.read() } } }
    }

    private func tick() {
        attend { link throws(BrokerError) in try link.tick() }
    }

    /// Does something with the connection; an error is its end.
    private func attend(_ body: (ConnectionLink) throws(BrokerError) -> Void) {
        guard let link else { return }
        do {
            try body(link)
        } catch {
            fail(error)
        }
    }

    private func take(_ frame: AMQPFrame) throws(BrokerError) {
        switch frame {
        case .returned(let method): ledger.returned(method)
        case .header(let header): ledger.header(messageID: header.properties.messageID)
        case .acknowledged(let tag, let multiple): settle(ledger.confirmed(tag, multiple: multiple))
        case .refused(let tag, let multiple): settle(ledger.refused(tag, multiple: multiple))
        case .blocked(let reason):
            blockedReason = reason
            link?.isBlocked = true
            onBlocked(reason)
        case .unblocked:
            blockedReason = nil
            link?.isBlocked = false
            onBlocked(nil)
        case .channelClose(let code, let text), .connectionClose(let code, let text):
            throw BrokerError(.closedByBroker, "\(place) refused the message: \(text) (\(code))", replyCode: code)
        case .connectionCloseOK: finish()
        case .body, .deliver, .qosOK, .consumeOK, .cancelOK, .cancel, .bindOK, .other: break
        }
    }

    private var place: String { node?.description ?? "the broker" }

    private func settle(_ settled: [PublishLedger.Settled]) {
        for one in settled {
            guard let waiter = waiters.removeValue(forKey: one.tag) else { continue }
            switch one.result {
            case .confirmed:
                waiter.resume(returning: .success(()))
            case .refused:
                waiter.resume(
                    returning: .failure(
                        BrokerError(
                            .refused,
                            "\(place) refused the message (basic.nack): its queue is full or not available"
                        )
                    )
                )
            case .returned(let method):
                waiter.resume(
                    returning: .failure(
                        BrokerError(
                            .returned,
                            "\(place) returned the message: no queue is bound to exchange '\(method.exchange)' for"
                                + " '\(method.routingKey)': \(method.replyText) (\(method.replyCode))",
                            replyCode: method.replyCode
                        )
                    )
                )
            }
        }
    }

    func settleAll(_ error: BrokerError) {
        for waiter in waiters.values { waiter.resume(returning: .failure(error)) }
        waiters = [:]
    }

    private func fail(_ error: BrokerError) {
        failure = error
        settleAll(error)
        finish()
    }

    /// Drops the connection and lets those who wait for its end go on.
    func finish() {
        closeTimer?.cancel()
        closeTimer = nil
        link?.cancel()
        link = nil
        for waiter in closeWaiters { waiter.resume() }
        closeWaiters = []
    }
}
