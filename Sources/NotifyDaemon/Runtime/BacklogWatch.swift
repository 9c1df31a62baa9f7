import Database
import Logging
import NotificationLog
import Reactor

/// Counts now and then what waits in Postgres, for the metrics.
actor BacklogWatch {
    private let queries: AuditQueries
    private let metrics: DaemonMetrics
    private let reactor: Reactor
    private let logger: Logger
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
    private var task: Task<Void, Never>?

    init(queries: AuditQueries, metrics: DaemonMetrics, reactor: Reactor, logger: Logger) {
        self.queries = queries
        self.metrics = metrics
        self.reactor = reactor
        self.logger = logger
    }

    func start() {
        guard task == nil else { return }
        task = Task(executorPreference: reactor.executor) { [weak self] in
            while !Task.isCancelled, let self {
                let start = ContinuousClock.now
                await self.look()
                let pause = BacklogGauges.pause(after: start.duration(to: .now))
                guard (try? await self.reactor.sleep(for: pause)) != nil else { return }
            }
        }
    }

    func stop() {
        task?.cancel()
    }

    /// While Postgres is away the last count stands; `notifyd_component_up` says how old it may be.
    private func look() async {
        do throws(DatabaseError) {
            metrics.backlog(try await queries.backlog())
        } catch {
            logger.debug("backlog not counted", metadata: ["error": .string(error.description)])
        }
    }
}
