import Broker
import Logging
import Reactor
import Telemetry

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
    private var isConnected = false
    private var server: ServerLog
    private var consuming = ConsumingNews()

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
        server = ServerLog(logger)
        self.onFatal = onFatal
    }

    /// Deliveries go there from now on; the consumer is paused until then.
    func connect(to pipeline: EventPipeline, _ collector: DeadLetterCollector) {
        self.pipeline = pipeline
        self.collector = collector
    }

    /// Consuming goes on for one message only, to see whether a provider is back; that is no news.
    func fetchesProbe(_ isProbe: Bool) {
        if let line = consuming.isForProbe(isProbe) { say(line) }
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
            let isTold = server.up([
                "server": .string(node.description), "server_version": .string(version),
            ])
            if isTold { consuming.connected() }
            isConnected = true
            health.set(HealthBoard.broker, .up)
        case .consuming:
            health.set(HealthBoard.consumer, .up)
            changed(isConsuming: true)
        case .paused:
            health.set(HealthBoard.consumer, .down)
            changed(isConsuming: false)
        case .connectionLost(let error):
            pipeline?.assumeIsolated { $0.connectionLost() }
            health.set(HealthBoard.broker, .down)
            health.set(HealthBoard.consumer, .down)
            lost(error)
        case .retrying(let delay, let node):
            logger.debug(
                "connecting again",
                metadata: [
                    "server": .string(node.description), "retry_ms": .stringConvertible(Int(delay.milliseconds)),
                ]
            )
        case .cancelledByServer(let queue):
            isConnected = false
            health.set(HealthBoard.consumer, .down)
            server.lost(
                "its queue is gone, or moved to another node",
                ["queue": .string(queue)],
                message: "consumer cancelled by the broker"
            )
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
            server.lost(error.description)
        } else {
            server.failed(error.description)
        }
    }

    private func changed(isConsuming: Bool) {
        guard let line = consuming.changed(isConsuming: isConsuming) else {
            return logger.debug("consumers changed", metadata: ["consuming": .stringConvertible(isConsuming)])
        }
        say(line)
    }

    private func say(_ line: ConsumingNews.Line) {
        let metadata: Logger.Metadata = ["server": .string(node?.description ?? "")]
        switch line {
        case .consuming: logger.info("consuming", metadata: metadata)
        case .paused: logger.notice("paused", metadata: metadata)
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
