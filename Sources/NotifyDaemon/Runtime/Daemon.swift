import Broker
import Database
import FoundationEssentials
import Logging
import NotificationLog
import Pipeline
import Reactor
import Senders
import Telemetry

/// The running program: connects everything, keeps it going, and takes it down in order.
actor Daemon {
    nonisolated var unownedExecutor: UnownedSerialExecutor { wiring.reactor.executor.asUnownedSerialExecutor() }

    let loaded: LoadedConfiguration
    private let environment: DaemonEnvironment
    let wiring: Wiring
    let telemetry: Telemetry
    let logs: LogBackend
    let logger: Logger
    let intake: BrokerIntake
    let consumer: EventConsumer
    let watch: DatabaseWatch
    let consumption: Consumption
    let log: NotificationStore
    let target: ConnectionTarget
    let senders: SenderSet
    let instanceID: String
    let ending: Ending
    let observation: Observation
    /// Nil where no service manager started the program.
    let systemd: SystemdNotifier?
    var catalogue: Catalogue
    var pipeline: EventPipeline?
    var collector: DeadLetterCollector?
    var poller: ParkedPoller?
    var pauseWatch: PauseWatch?
    var leases: LeaseKeeper?
    var backlog: BacklogWatch?
    var retention: RetentionWatch?

    init(_ loaded: LoadedConfiguration, catalogue: Catalogue, environment: DaemonEnvironment) throws {
        self.loaded = loaded
        self.environment = environment
        self.catalogue = catalogue
        wiring = environment.wiring
        telemetry = environment.telemetry
        logs = environment.logs
        instanceID = environment.instanceID
        logger = environment.logs.logger(.notifyd)
        let ending = Ending()
        self.ending = ending
        let reactor = environment.wiring.reactor
        senders = try environment.wiring.senders()
        let target = try environment.wiring.databaseTarget(instance: environment.instanceID)
        self.target = target
        let address = target.address
        let systemd = SystemdNotifier(
            environment: ProcessInfo.processInfo.environment,
            servers: [
                HealthBoard.broker: loaded.configuration.rabbitmq.nodes.map(\.description).joined(separator: ", "),
                HealthBoard.database: "\(address.host):\(address.port)",
            ],
            logger: environment.logs.logger(.notifyd)
        )
        self.systemd = systemd
        let observation = Observation(environment, senders: senders) { systemd?.note(.standing($0, $1)) }
        observation.metrics.use(catalogue.types.mapValues(\.channels))
        self.observation = observation
        let health = observation.health
        let intake = BrokerIntake(
            reactor: reactor,
            logger: environment.logs.logger(.broker),
            health: health,
            metrics: observation.metrics
        ) { error in
            ending.end(.failed(CommandFailure(.configuration, error.description)))
        }
        self.intake = intake
        let consumer = EventConsumer(
            configuration: environment.wiring.broker(eventTypes: Array(catalogue.types.keys)),
            reactor: reactor,
            handler: intake
        )
        self.consumer = consumer
        let consumption = Consumption(consumer: consumer, reactor: reactor)
        self.consumption = consumption
        watch = DatabaseWatch(
            log: environment.logs.logger(.database),
            address: "\(address.host):\(address.port)"
        ) { isUp in
            health.set(HealthBoard.database, isUp ? .up : .down)
            // No claim without Postgres: what is in flight waits, nothing more is taken.
            consumption.assumeIsolated { $0.set(.database, !isUp) }
        }
        log = NotificationStore(
            target: target,
            reactor: reactor,
            lease: loaded.configuration.claim.lease,
            observer: { [watch] in watch.changed($0) }
        )
    }

    /// Runs until a signal, or until the configuration turns out to be wrong.
    ///
    /// - Parameter warnings: what of the machine may be too little.
    func run(warnings: [String]) async throws(CommandFailure) {
        let signals = SignalWatch(
            queue: wiring.reactor.queue,
            onEnd: { [ending] _ in ending.end(.asked) },
            onReload: { [weak self] in self?.reload() }
        )
        defer { withExtendedLifetime(signals) {} }
        // The first line: from here on a signal drains.
        logger.info("starting", metadata: ["version": .string(NotifydVersion.current)])
        warn(of: warnings)
        let probes = loaded.configuration.http.listen.map { observation.serve(at: $0, logs: logs) }
        systemd?.begin(observation.liveness)
        let beat = wiring.reactor.schedule(every: Liveness.beat) { [weak self] in
            self?.assumeIsolated { $0.turned() }
        }
        await consumption.begin { [weak self] in self?.giveBack() }
        await consumer.start()
        let starting = wiring.reactor.task { await self.start() }
        let reason = await ending.wait()
        starting.cancel()
        await drain()
        beat.cancel()
        probes?.cancel()
        await probes?.value
        if case .failed(let failure) = reason { throw failure }
    }

    /// What is not as it should be and keeps nobody from running.
    private func warn(of machine: [String]) {
        for warning in machine { logger.warning("machine", metadata: ["error": .string(warning)]) }
        environment.warnOfTelemetry()
        if let problem = SystemdNotifier.problem(in: ProcessInfo.processInfo.environment) {
            logger.warning("systemd is told nothing", metadata: ["error": .string(problem)])
        }
    }

    private func turned() {
        let databaseIsUp = observation.health[HealthBoard.database]?.status == .up
        observation.turned(pipeline?.assumeIsolated { $0.stuck(databaseIsUp: databaseIsUp) })
    }

    /// Postgres was away for so long that what waits for it is better off in the queue.
    private nonisolated func giveBack() {
        wiring.reactor.task { await self.pipeline?.giveBack() }
    }

    // MARK: Reloading

    /// Takes over what can change live, or keeps the old state whole when the new one is invalid.
    private nonisolated func reload() {
        systemd?.note(.reloadBegan(monotonic: SystemdNotifier.monotonicMicroseconds))
        wiring.reactor.task {
            let refusal = await self.reloadNow()
            self.systemd?.note(.reloadEnded(refusal: refusal))
        }
    }

    /// - Returns: why nothing was taken over; nil: it was.
    private func reloadNow() async -> String? {
        do {
            let next = try await Reload.read(loaded, wiring: wiring)
            catalogue = next.catalogue
            logs.logLevels = next.levels
            await pipeline?.use(next.catalogue, schedule: next.schedule)
            await collector?.use(next.catalogue)
            observation.metrics.use(next.catalogue.types.mapValues(\.channels))
            for sender in senders.all {
                if let rate = next.rates[sender.name] { await sender.setRate(rate) }
            }
            await consumer.bind(Array(next.catalogue.types.keys))
            observation.metrics.reloaded(isTaken: true, at: Date())
            if !next.keysForRestart.isEmpty {
                let keys = next.keysForRestart.joined(separator: ", ")
                logger.warning("restart needed", metadata: ["keys": .string(keys)])
            }
            logger.notice("reloaded", metadata: ["types": .stringConvertible(next.catalogue.types.count)])
            return nil
        } catch {
            observation.metrics.reloaded(isTaken: false, at: Date())
            logger.error("reload refused", metadata: ["error": .string("\(error)")])
            return "\(error)"
        }
    }
}
