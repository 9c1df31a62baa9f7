import Reactor

/// Keeps one connection to the broker and brings its deliveries, reconnecting for as long as it takes.
///
/// Everything between connecting (a thread of its own) and the handler runs on the reactor and never blocks it. The
/// decisions are in `ConsumerStateMachine`; this actor carries them out.
public actor EventConsumer {
    public nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }

    let reactor: Reactor
    let handler: any DeliveryHandler
    let now: @Sendable () -> ContinuousClock.Instant
    let random: @Sendable () -> Double
    var configuration: BrokerConfiguration
    var machine = ConsumerStateMachine()
    /// Under which each consumer is known to the broker now, and how many tags there were.
    var consumerTags: [ConsumerName: String] = [:]
    var tagCount: UInt64 = 0
    var backoff: ReconnectBackoff
    var assembler: DeliveryAssembler
    var ledger = AckLedger()
    var generation: UInt64 = 0
    var link: ConnectionLink?
    var attempt: ConnectionAttempt?
    var connectedSince: ContinuousClock.Instant?
    var retryTimer: ReactorTimer?
    var closeTimer: ReactorTimer?
    var heldAcksTimer: ReactorTimer?
    var isFlushScheduled = false
    /// Acknowledged and written out, with nothing heard from the broker since.
    var unproven: [DeliveryID] = []
    /// Those whose acknowledgement the broker is to be made to answer.
    var proofWanted: Set<UInt64> = []
    /// When the first settlement was decided that is not written yet.
    var unwrittenSince: ContinuousClock.Instant?
    var idleWaiters: [CheckedContinuation<Void, Never>] = []
    var stopWaiters: [CheckedContinuation<Void, Never>] = []

    /// - Parameters:
    ///   - now: the clock; given by tests.
    ///   - random: 0 ..< 1 for the jitter; given by tests.
    public init(
        configuration: BrokerConfiguration,
        reactor: Reactor,
        handler: any DeliveryHandler,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.configuration = configuration
        self.reactor = reactor
        self.handler = handler
        self.now = now
        self.random = random
        backoff = ReconnectBackoff(nodeCount: configuration.nodes.count)
        assembler = DeliveryAssembler(maximumBodySize: configuration.maximumBodySize)
    }

    /// Begins to connect; what comes of it is told to the handler. A second call does nothing.
    public func start() {
        run(machine.start())
    }

    /// Answers for one delivery, once; what a lost connection had, or was settled before, is dropped.
    ///
    /// Nothing is written before the present turn of the reactor is over: all its settlements go out together, as few
    /// frames as the order allows.
    /// - Parameter provenSoon: has the broker answer something right behind the acknowledgement, so that the handler
    ///   hears of it after a round trip, and not only when the broker has something to say of its own.
    public func settle(_ id: DeliveryID, _ settlement: Settlement, provenSoon: Bool = false) {
        guard id.generation == generation, link != nil else { return }
        let now = now()
        guard ledger.settle(id.tag, settlement, now: now) else { return }
        if unwrittenSince == nil { unwrittenSince = now }
        if provenSoon { proofWanted.insert(id.tag) }
        scheduleFlush()
    }

    /// Stops the flow of the named consumers, at the broker, over reconnects too, until `resume(_:)`; what was delivered
    /// stays to be settled.
    public func pause(_ consumers: Set<ConsumerName> = .all) {
        run(machine.pause(consumers))
    }

    public func resume(_ consumers: Set<ConsumerName> = .all) {
        run(machine.resume(consumers))
    }

    /// Binds the queue to further event types, now and on every later connection; nothing is ever unbound.
    public func bind(_ routingKeys: [String]) {
        let new = routingKeys.filter { !configuration.topology.routingKeys.contains($0) }
        configuration.topology.routingKeys += new
        guard configuration.declaresTopology, case .open = machine.phase else { return }
        let topology = configuration.topology
        for key in new {
            link?.send(.bind(queue: topology.queue, exchange: topology.exchange, routingKey: key))
        }
        scheduleFlush()
    }

    /// Cancels the consumers for good and returns when the broker confirmed it, or the connection is gone: after that
    /// nothing new comes. What is in flight may still be settled; then `close()`.
    public func stopConsuming() async {
        let actions = machine.stopConsuming()
        await withCheckedContinuation { continuation in
            idleWaiters.append(continuation)
            run(actions)
        }
    }

    /// Writes what was settled, gives the rest back to the queue, closes the connection politely, and returns when the
    /// broker confirmed it or 5 s have gone.
    public func close() async {
        let actions = machine.close()
        await withCheckedContinuation { continuation in
            stopWaiters.append(continuation)
            run(actions)
        }
    }
}
