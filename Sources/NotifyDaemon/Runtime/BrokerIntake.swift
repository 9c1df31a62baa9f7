import Broker
import Logging
import Reactor

/// Hands what the broker delivers to its stage, and says in the log how the connection fares.
///
/// Its methods are called on the reactor.
actor BrokerIntake {
    private let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
    private let logger: Logger
    private let health: HealthBoard
    private nonisolated let metrics: DaemonMetrics
    private let onFatal: @Sendable (TopologyError) -> Void
    private var pipeline: EventPipeline?
    private var collector: DeadLetterCollector?
    private var node: BrokerNode?
    private var wasConnected = false
    private var isConnected = false
    private var failures = RepeatedFailure()

    /// - Parameter onFatal: the topology exists with other arguments; nothing more will come.
    init(
        reactor: Reactor,
        logger: Logger,
        health: HealthBoard,
        metrics: DaemonMetrics,
        onFatal: @escaping @Sendable (TopologyError) -> Void
    ) {
        self.reactor = reactor
        self.logger = logger
        self.health = health
        self.metrics = metrics
        self.onFatal = onFatal
    }

    /// Deliveries go there from now on; the consumer is paused until then.
    func connect(to pipeline: EventPipeline, _ collector: DeadLetterCollector) {
        self.pipeline = pipeline
        self.collector = collector
    }

    private func take(_ deliveries: [Delivery]) {
        let events = deliveries.filter { $0.consumer == .events }
        let dead = deliveries.filter { $0.consumer == .deadLetters }
        if !events.isEmpty { pipeline?.assumeIsolated { [node] in $0.receive(events, from: node) } }
        if !dead.isEmpty { collector?.assumeIsolated { $0.receive(dead) } }
    }

    private func note(_ event: BrokerEvent) {
        switch event {
        case .connecting(let node):
            logger.debug("connecting", metadata: ["server": .string(node.description)])
        case .connected(let node, let version):
            self.node = node
            failures = RepeatedFailure()
            logger.info(
                wasConnected ? "reconnected" : "connected",
                metadata: ["server": .string(node.description), "server_version": .string(version)]
            )
            wasConnected = true
            isConnected = true
            health.set(HealthBoard.broker, .up)
        case .consuming:
            health.set(HealthBoard.consumer, .up)
            logger.info("consuming", metadata: ["server": .string(node?.description ?? "")])
        case .paused:
            health.set(HealthBoard.consumer, .down)
            logger.notice("paused")
        case .connectionLost(let error):
            pipeline?.assumeIsolated { $0.connectionLost() }
            health.set(HealthBoard.broker, .down)
            health.set(HealthBoard.consumer, .down)
            lost(error)
        case .retrying(let delay, let node):
            logger.debug(
                "waiting",
                metadata: [
                    "server": .string(node.description), "retry_ms": .stringConvertible(Int(delay.milliseconds)),
                ]
            )
        case .cancelledByServer(let queue):
            isConnected = false
            health.set(HealthBoard.consumer, .down)
            logger.warning("consumer cancelled by the broker", metadata: ["queue": .string(queue)])
        case .blocked(let reason):
            logger.warning(reason == nil ? "connection unblocked" : "connection blocked by the broker")
        case .topologyMismatch(let error):
            onFatal(error)
        case .stopped:
            logger.debug("closed")
        }
    }

    private func lost(_ error: BrokerError) {
        if isConnected {
            isConnected = false
            logger.warning("connection lost", metadata: ["error": .string(error.description)])
        } else if let count = failures.shouldReport(error.description, now: .now) {
            logger.warning(
                "waiting",
                metadata: ["error": .string(error.description), "failures": .stringConvertible(count)]
            )
        }
    }
}

extension BrokerIntake: DeliveryHandler {
    nonisolated func received(_ deliveries: [Delivery]) {
        assumeIsolated { $0.take(deliveries) }
    }

    nonisolated func changed(_ event: BrokerEvent) {
        assumeIsolated { $0.note(event) }
    }

    nonisolated func wrote(acks: Int, rejects: Int, after duration: Duration) {
        metrics.settled(.ack, count: acks, took: duration)
        metrics.settled(.nack, count: rejects, took: duration)
    }

    nonisolated func acknowledged(_ ids: [DeliveryID]) {
        assumeIsolated { intake in intake.pipeline?.assumeIsolated { $0.acknowledged(ids) } }
    }
}
