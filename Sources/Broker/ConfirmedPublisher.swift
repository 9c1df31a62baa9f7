import Reactor

/// Publishes persistent, mandatory messages on a connection of its own and waits for the broker's word on each.
///
/// Any number may be under way at once; each call returns on its own confirm. It does not reconnect: after a lost
/// connection every call throws, and a new publisher is made.
public actor ConfirmedPublisher {
    public nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }

    let reactor: Reactor
    let configuration: BrokerConfiguration
    let now: @Sendable () -> ContinuousClock.Instant
    let onBlocked: @Sendable (String?) -> Void
    var link: ConnectionLink?
    var attempts: [ConnectionAttempt] = []
    var ledger = PublishLedger()
    var waiters: [UInt64: CheckedContinuation<Result<Void, BrokerError>, Never>] = [:]
    var node: BrokerNode?
    var failure: BrokerError?
    var isFlushScheduled = false
    var closeTimer: ReactorTimer?
    var closeWaiters: [CheckedContinuation<Void, Never>] = []

    /// Set while the broker, short of memory or disk, takes no messages: `publish` waits meanwhile.
    public internal(set) var blockedReason: String?

    /// - Parameter onBlocked: called on the reactor with the broker's reason each time it takes no more messages, and
    ///   with nil when it takes them again.
    public init(
        configuration: BrokerConfiguration,
        reactor: Reactor,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
        onBlocked: @escaping @Sendable (String?) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.reactor = reactor
        self.now = now
        self.onBlocked = onBlocked
    }

    /// Tries each node once, in order.
    /// - Throws: the last node's error.
    public func connect() async throws(BrokerError) {
        var last = BrokerError(.configuration, "no broker node is configured")
        for node in configuration.nodes {
            do {
                try await connect(to: node)
                return
            } catch {
                last = error
            }
        }
        throw last
    }

    /// Returns once the broker confirmed that a queue holds the message.
    /// - Throws: `returned` when no queue is bound for it (the broker confirms such messages all the same), `refused`
    ///   on a nack, `connectionLost` and the like when nobody knows.
    public func publish(_ message: PublishedMessage) async throws(BrokerError) {
        if let failure { throw failure }
        guard let link else { throw BrokerError(.closed, "the publisher is not connected") }
        try message.check()
        let result = await withCheckedContinuation { continuation in
            let tag = ledger.published(PublishLedger.Key(message))
            waiters[tag] = continuation
            link.send(.publish(message))
            scheduleFlush()
        }
        try result.get()
    }

    /// Closes the connection politely; calls under way throw `closed`.
    public func close() async {
        guard let link else { return }
        settleAll(BrokerError(.closed, "the publisher was closed before the broker confirmed the message"))
        await withCheckedContinuation { continuation in
            closeWaiters.append(continuation)
            guard closeWaiters.count == 1 else { return }
            link.send(.connectionClose)
            scheduleFlush()
            closeTimer = reactor.schedule(after: .seconds(5)) { [weak self] in
                self?.assumeIsolated { $0.finish() }
            }
        }
    }
}
