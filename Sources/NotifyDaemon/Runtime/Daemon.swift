import Broker
import Database
import DomainEvents
import FoundationEssentials
import Logging
import NotificationLog
import Pipeline
import Reactor
import Senders
import Telemetry
import Tracing
import Transfer

/// The running program: connects everything, keeps it going, and takes it down in order.
actor Daemon {
    nonisolated var unownedExecutor: UnownedSerialExecutor { wiring.reactor.executor.asUnownedSerialExecutor() }

    private let loaded: LoadedConfiguration
    private let wiring: Wiring
    private let telemetry: Telemetry
    private let logs: LogBackend
    private let logger: Logger
    private let intake: BrokerIntake
    private let consumer: EventConsumer
    private let watch: DatabaseWatch
    private let consumption: Consumption
    private let log: NotificationStore
    private let target: ConnectionTarget
    private let senders: SenderSet
    private let instanceID: String
    private let ending: Ending
    private let observation: Observation
    private var catalogue: Catalogue
    private var pipeline: EventPipeline?
    private var collector: DeadLetterCollector?
    private var poller: ParkedPoller?
    private var pauseWatch: PauseWatch?
    private var leases: LeaseKeeper?
    private var backlog: BacklogWatch?

    init(_ loaded: LoadedConfiguration, catalogue: Catalogue, environment: DaemonEnvironment) throws {
        self.loaded = loaded
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
        let observation = Observation(environment, senders: senders)
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
        let target = try environment.wiring.databaseTarget(instance: environment.instanceID)
        self.target = target
        let address = target.address
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
    func run() async throws(CommandFailure) {
        let signals = SignalWatch(
            queue: wiring.reactor.queue,
            onEnd: { [ending] _ in ending.end(.asked) },
            onReload: { [weak self] in self?.reload() }
        )
        defer { withExtendedLifetime(signals) {} }
        logger.info("starting", metadata: ["version": .string(NotifydVersion.current)])
        let probes = loaded.configuration.http.listen.map { observation.serve(at: $0, logs: logs) }
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

    private func turned() {
        let databaseIsUp = observation.health[HealthBoard.database]?.status == .up
        observation.turned(pipeline?.assumeIsolated { $0.stuck(databaseIsUp: databaseIsUp) })
    }

    // MARK: Starting

    /// The schema, the lanes, the stages; consuming begins when Postgres is connected.
    private func start() async {
        if loaded.configuration.database.migrate { await migrate() }
        guard !ending.isEnded, let key = await addressKey() else { return }
        let parts = parts(protector: AddressProtector(key: key))
        let answer: EventPipeline.Answer = { [consumer] id, disposition, provenSoon in
            consumer.assumeIsolated { $0.settle(id, disposition.settlement, provenSoon: provenSoon) }
        }
        let pipeline = EventPipeline(parts: parts, catalogue: catalogue, answer: answer)
        let collector = DeadLetterCollector(parts: parts, catalogue: catalogue) { answer($0, $1, false) }
        let poller = ParkedPoller(
            store: log.parked,
            pipeline: pipeline,
            providers: parts.providers,
            most: loaded.configuration.parked.max,
            leases: parts.leases,
            reactor: wiring.reactor,
            logger: logs.logger(.parked)
        )
        let pauses = PauseWatch(
            store: log.pauses,
            pipeline: pipeline,
            reactor: wiring.reactor,
            logger: logs.logger(.notifyd),
            onFirst: { [consumption, poller] in
                await consumption.set(.pauses, false)
                await poller.start()
            }
        )
        let backlog = BacklogWatch(
            queries: log.queries,
            metrics: observation.metrics,
            reactor: wiring.reactor,
            logger: logs.logger(.database)
        )
        (self.pipeline, self.collector, self.poller, leases) = (pipeline, collector, poller, parts.leases)
        (pauseWatch, self.backlog) = (pauses, backlog)
        await intake.connect(to: pipeline, collector)
        guard !ending.isEnded else { return }
        await log.start()
        await parts.leases.start()
        await pauses.start()
        await backlog.start()
    }

    /// Waits for a server that is away; a schema that cannot be made ends the program.
    private func migrate() async {
        let logger = logs.logger(.database)
        while !ending.isEnded {
            do throws(DatabaseError) {
                let applied = try await wiring.migrator().migrate()
                if !applied.isEmpty {
                    logger.info("migrated", metadata: ["version": .stringConvertible(applied.max() ?? 0)])
                }
                return
            } catch {
                guard error.isPassing else {
                    return ending.end(.failed(CommandFailure(.configuration, "database: \(error)")))
                }
                watch.waiting(error)
                guard (try? await wiring.reactor.sleep(for: .milliseconds(500))) != nil else { return }
            }
        }
    }

    /// The configured key, or the schema's own, read over a connection of its own before the stages start.
    private func addressKey() async -> [UInt8]? {
        if let key = loaded.configuration.storage.addressKey { return key.revealed }
        let lane = DatabaseLane(
            name: "start",
            target: target,
            reactor: wiring.reactor,
            observer: { [watch] event in
                if case .waiting = event { watch.changed(event) }
            }
        )
        await lane.start()
        defer { wiring.reactor.task { await lane.close() } }
        while !ending.isEnded {
            do throws(DatabaseError) {
                return try await AuditQueries(lane: lane).addressKey()
            } catch {
                if error.code == .closed { return nil }
                watch.waiting(error)
                guard (try? await wiring.reactor.sleep(for: .seconds(5))) != nil else { return nil }
            }
        }
        return nil
    }

    private func parts(protector: AddressProtector) -> PipelineParts {
        let settings = loaded.configuration
        return PipelineParts(
            reactor: wiring.reactor,
            log: log,
            decoder: wiring.decoder,
            router: wiring.router(senders),
            schedule: wiring.schedule,
            senders: senders,
            providers: ProviderBoard(
                senders: senders,
                prefetch: settings.rabbitmq.prefetch,
                reactor: wiring.reactor,
                logger: { [logs] in logs.logger($0) },
                health: observation.health,
                demands: { [consumption, intake] demand in
                    // A pause ends the fetching of a probe when it is there, not when it is asked for.
                    if demand != .nothing { intake.assumeIsolated { $0.fetchesProbe(demand == .probe) } }
                    consumption.assumeIsolated { $0.set(.providers, demand == .nothing) }
                }
            ),
            vault: wiring.vault,
            protector: protector,
            leases: LeaseKeeper(
                claims: log.claims,
                lease: settings.claim.lease,
                reactor: wiring.reactor,
                log: logs.logger(.database)
            ),
            spans: EventSpans(
                tracer: telemetry.tracer,
                queue: settings.rabbitmq.queue,
                databaseName: target.databaseName
            ),
            metrics: observation.metrics,
            logger: logs.logger(.pipeline),
            sendTimeout: settings.send.timeout,
            limits: wiring.stageLimits,
            countsDeliveries: settings.rabbitmq.queueType == .quorum,
            instanceID: instanceID,
            crashPoints: CrashPoints(environment: ProcessInfo.processInfo.environment)
        )
    }

    /// Postgres was away for so long that what waits for it is better off in the queue.
    private nonisolated func giveBack() {
        wiring.reactor.task { await self.pipeline?.giveBack() }
    }

    // MARK: Reloading

    /// Takes over what can change live, or keeps the old state whole when the new one is invalid.
    private nonisolated func reload() {
        wiring.reactor.task { await self.reloadNow() }
    }

    private func reloadNow() async {
        do {
            let next = try await Reload.read(loaded.file, wiring: wiring)
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
            logger.notice("reloaded", metadata: ["types": .stringConvertible(next.catalogue.types.count)])
        } catch {
            observation.metrics.reloaded(isTaken: false, at: Date())
            logger.error("reload refused", metadata: ["error": .string("\(error)")])
        }
    }

    // MARK: Draining

    /// Stops asking for more, finishes what is in flight, flushes, closes; at most `shutdown.drain`.
    private func drain() async {
        let inFlight = await pipeline?.inFlight
        logger.info("draining", metadata: ["in_flight": .stringConvertible(inFlight ?? 0)])
        observation.health.set(HealthBoard.consumer, .down)
        let deadlines = drainDeadlines()
        await poller?.stop()
        await pauseWatch?.stop()
        await backlog?.stop()
        await consumer.stopConsuming()
        await pipeline?.stopWaiting()
        await pipeline?.untilIdle()
        for deadline in deadlines { deadline.cancel() }
        await leases?.stop()
        await consumer.close()
        await senders.shutdown()
        await telemetry.shutdown(timeout: Self.flushTime)
        await log.close()
        await wiring.engine.shutdown()
        logger.info("stopped")
    }

    /// What has not left by the end of the time is given up; Postgres gets a little longer to hear of it.
    private func drainDeadlines() -> [ReactorTimer] {
        let limit = loaded.configuration.shutdown.drain
        let (reactor, log, pipeline) = (wiring.reactor, log, pipeline)
        return [
            reactor.schedule(after: limit) { reactor.task { await pipeline?.cancelAll() } },
            reactor.schedule(after: limit + Self.settleTime) { reactor.task { await log.close() } },
        ]
    }

    private static let settleTime = Duration.seconds(2)
    private static let flushTime = Duration.seconds(3)
}

extension Disposition {
    fileprivate var settlement: Broker.Settlement {
        switch self {
        case .acknowledge: .acknowledge
        case .deadLetter: .reject(requeue: false)
        case .requeue: .reject(requeue: true)
        }
    }
}
