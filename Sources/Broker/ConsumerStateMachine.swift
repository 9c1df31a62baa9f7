/// What an `EventConsumer` is to do next, decided from what happened, without a socket or a clock.
struct ConsumerStateMachine: Sendable, Equatable {
    /// Where the connection is.
    enum Phase: Sendable, Equatable {
        /// Not started. Can transition to: connecting, stopped.
        case idle
        /// An attempt is under way. Can transition to: open, waiting, stopped.
        case connecting
        /// Connected; each consumer has its own `Subscription`. Can transition to: closing, waiting, stopped.
        case open
        /// `connection.close` was sent, its answer awaited. Can transition to: waiting, stopped.
        case closing(Ending)
        /// Lost; the next attempt has its time. Can transition to: connecting, stopped.
        case waiting
        /// The end.
        case stopped
    }

    /// What comes after `closing`.
    enum Ending: Sendable, Equatable {
        case stop
        case retry(BrokerError)
    }

    /// Where one consumer is on an open connection.
    enum Subscription: Sendable, Equatable {
        /// Can transition to: subscribing.
        case cancelled
        /// `basic.consume` was sent. Can transition to: consuming.
        case subscribing
        /// Can transition to: cancelling; cancelled, by the broker.
        case consuming
        /// `basic.cancel` was sent; deliveries may still come. Can transition to: cancelled.
        case cancelling
    }

    enum Action: Sendable, Equatable {
        case connect
        case abandonAttempt
        case scheduleRetry
        case cancelRetry
        case subscribe(ConsumerName)
        case cancel(ConsumerName)
        /// Write what was settled.
        case writeSettled
        /// Write what was settled and give the rest back to its queue.
        case returnUnsettled
        case confirmChannelClose
        case confirmConnectionClose
        /// Send `connection.close` and give it 5 s; what is unsettled belongs to the broker again.
        case closeConnection
        /// Drop the connection and what belonged to it.
        case release
        case tell(BrokerEvent)
        case tellCancelled(ConsumerName)
    }

    private(set) var phase = Phase.idle
    private(set) var subscriptions: [ConsumerName: Subscription] = [:]
    /// What is to be consumed whenever there is a connection.
    private(set) var wanted = Set<ConsumerName>.all
    /// `stopConsuming` or `close` was called: nothing is subscribed, nothing reconnects any more.
    private(set) var isDraining = false
    private var announced: BrokerEvent?

    /// Nothing new can come: draining, and no consumer is left at the broker.
    var isQuiet: Bool { isDraining && (phase != .open || subscriptions.values.allSatisfy { $0 == .cancelled }) }

    // MARK: What our side wants

    mutating func start() -> [Action] {
        guard phase == .idle else { return [] }
        phase = .connecting
        return [.connect]
    }

    mutating func pause(_ consumers: Set<ConsumerName>) -> [Action] {
        guard !isDraining else { return [] }
        wanted.subtract(consumers)
        return phase == .open ? reconcile() : []
    }

    mutating func resume(_ consumers: Set<ConsumerName>) -> [Action] {
        guard !isDraining else { return [] }
        wanted.formUnion(consumers)
        return phase == .open ? reconcile() : []
    }

    mutating func stopConsuming() -> [Action] {
        guard !isDraining else { return [] }
        isDraining = true
        wanted = []
        switch phase {
        case .open:
            return reconcile()
        case .closing:
            phase = .closing(.stop)
            return []
        case .idle, .connecting, .waiting, .stopped:
            return stopWithoutConnection()
        }
    }

    mutating func close() -> [Action] {
        isDraining = true
        wanted = []
        switch phase {
        case .open:
            phase = .closing(.stop)
            return [.returnUnsettled, .closeConnection]
        case .closing:
            phase = .closing(.stop)
            return []
        case .idle, .connecting, .waiting, .stopped:
            return stopWithoutConnection()
        }
    }

    // MARK: What happened

    mutating func connected() -> [Action] {
        guard phase == .connecting else { return [] }
        phase = .open
        announced = nil
        for consumer in ConsumerName.allCases { subscriptions[consumer] = .cancelled }
        return reconcile()
    }

    mutating func attemptFailed(_ error: BrokerError) -> [Action] {
        guard phase == .connecting else { return [] }
        phase = .waiting
        return [.tell(.connectionLost(error)), .scheduleRetry]
    }

    mutating func topologyDiffers(_ error: TopologyError) -> [Action] {
        guard phase == .connecting else { return [] }
        phase = .stopped
        return [.tell(.topologyMismatch(error))]
    }

    mutating func retryDue() -> [Action] {
        guard phase == .waiting else { return [] }
        phase = .connecting
        return [.connect]
    }

    mutating func consumeConfirmed(_ consumer: ConsumerName) -> [Action] {
        guard phase == .open, subscriptions[consumer] == .subscribing else { return [] }
        subscriptions[consumer] = .consuming
        return reconcile()
    }

    mutating func cancelConfirmed(_ consumer: ConsumerName) -> [Action] {
        guard phase == .open, subscriptions[consumer] == .cancelling else { return [] }
        subscriptions[consumer] = .cancelled
        return reconcile()
    }

    /// The broker ended a consumer by itself.
    mutating func cancelledByServer(_ consumer: ConsumerName) -> [Action] {
        guard phase == .open else { return [] }
        subscriptions[consumer] = .cancelled
        // It was to end anyway; what is in flight can still be settled.
        guard !isDraining else { return [.tellCancelled(consumer)] + reconcile() }
        phase = .closing(.retry(BrokerError(.cancelled, "the broker cancelled the consumer of the \(consumer.words)")))
        return [.tellCancelled(consumer), .writeSettled, .closeConnection]
    }

    mutating func channelClosed(_ error: BrokerError) -> [Action] {
        switch phase {
        case .open:
            phase = .closing(isDraining ? .stop : .retry(error))
            return [.tell(.connectionLost(error)), .confirmChannelClose, .closeConnection]
        case .closing:
            return [.confirmChannelClose]
        case .idle, .connecting, .waiting, .stopped:
            return []
        }
    }

    mutating func connectionClosed(_ error: BrokerError) -> [Action] {
        switch phase {
        case .open, .closing: [.confirmConnectionClose] + lost(error)
        case .idle, .connecting, .waiting, .stopped: []
        }
    }

    /// The answer to our `connection.close` came, or 5 s went by without it.
    mutating func closed() -> [Action] {
        guard case .closing(let ending) = phase else { return [] }
        return end(ending)
    }

    /// The socket is gone, or useless.
    mutating func lost(_ error: BrokerError) -> [Action] {
        switch phase {
        case .open where isDraining:
            phase = .stopped
            return [.release, .tell(.connectionLost(error)), .tell(.stopped)]
        case .open:
            phase = .waiting
            return [.release, .tell(.connectionLost(error)), .scheduleRetry]
        case .closing(let ending):
            return end(ending)
        case .idle, .connecting, .waiting, .stopped:
            return []
        }
    }

    // MARK: Between the two

    /// One step for each consumer towards what is wanted; says so when all are there.
    private mutating func reconcile() -> [Action] {
        var actions: [Action] = []
        var isSettled = true
        for consumer in ConsumerName.allCases {
            switch (subscriptions[consumer] ?? .cancelled, wanted.contains(consumer)) {
            case (.cancelled, true):
                subscriptions[consumer] = .subscribing
                actions.append(.subscribe(consumer))
                isSettled = false
            case (.consuming, false):
                subscriptions[consumer] = .cancelling
                actions.append(.cancel(consumer))
                isSettled = false
            case (.subscribing, _), (.cancelling, _):
                isSettled = false
            case (.cancelled, false), (.consuming, true):
                break
            }
        }
        let state: BrokerEvent = wanted.contains(.events) ? .consuming : .paused
        guard isSettled, !isDraining, announced != state else { return actions }
        announced = state
        return actions + [.tell(state)]
    }

    private mutating func end(_ ending: Ending) -> [Action] {
        switch ending {
        case .stop:
            phase = .stopped
            return [.release, .tell(.stopped)]
        case .retry(let error):
            phase = .waiting
            // A consumer's end was told already, a closed channel too.
            let told = error.code == .cancelled || error.code == .closedByBroker
            return [.release] + (told ? [] : [.tell(.connectionLost(error))]) + [.scheduleRetry]
        }
    }

    private mutating func stopWithoutConnection() -> [Action] {
        defer { phase = .stopped }
        switch phase {
        case .connecting: return [.abandonAttempt, .tell(.stopped)]
        case .waiting: return [.cancelRetry, .tell(.stopped)]
        case .idle: return [.tell(.stopped)]
        case .open, .closing, .stopped: return []
        }
    }
}

extension ConsumerName {
    fileprivate var words: String {
        switch self {
        case .events: "events"
        case .deadLetters: "dead letters"
        }
    }
}
