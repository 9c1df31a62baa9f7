import Broker
import Database
import FoundationEssentials
import Logging
import NotificationLog
import Pipeline
import Reactor
import Telemetry

extension Daemon {
    /// The lanes, the schema, the stages; consuming begins when all are there.
    func start() async {
        // Logging in takes a while (SCRAM), and the schema is looked at meanwhile.
        await log.start()
        if loaded.configuration.database.migrate, await !log.isSchemaCurrent() { await migrate() }
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
        let retention = (try? wiring.retention()).map {
            RetentionWatch(run: $0, reactor: wiring.reactor, logger: logs.logger(.database))
        }
        self.retention = retention
        await intake.connect(to: pipeline, collector)
        guard !ending.isEnded else { return }
        await consumption.set(.stages, false)
        await parts.leases.start()
        await pauses.start()
        await backlog.start()
        await retention?.start()
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

    /// The configured key, or the schema's own; nil when the daemon ends meanwhile.
    private func addressKey() async -> [UInt8]? {
        if let key = loaded.configuration.storage.addressKey { return key.revealed }
        while !ending.isEnded {
            do throws(DatabaseError) {
                return try await log.queries.addressKey()
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
