import Database
import Logging
import NotificationLog
import Reactor

/// Follows what operators paused, and lets go what they resumed.
actor PauseWatch {
    /// All replicas follow within a second.
    static let interval = Duration.milliseconds(500)
    /// Released at a time, so that a resume does not become a flood.
    static let batch = 500

    private let store: PauseStore
    private let pipeline: EventPipeline
    private let reactor: Reactor
    private let logger: Logger
    private var errors = RepeatedDatabaseError()
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
    private let onFirst: @Sendable () async -> Void
    private var task: Task<Void, Never>?
    private var known: PauseSet?

    /// - Parameter onFirst: called when the pauses are known for the first time; until then nothing may be sent.
    init(
        store: PauseStore,
        pipeline: EventPipeline,
        reactor: Reactor,
        logger: Logger,
        onFirst: @escaping @Sendable () async -> Void
    ) {
        self.store = store
        self.pipeline = pipeline
        self.reactor = reactor
        self.logger = logger
        self.onFirst = onFirst
    }

    func start() {
        guard task == nil else { return }
        task = Task(executorPreference: reactor.executor) { [weak self] in
            while !Task.isCancelled, let self {
                // At the start nothing is sent before the pauses are known: the first look is not to miss the connection.
                await self.store.untilConnected()
                await self.look()
                guard (try? await self.reactor.sleep(for: Self.interval)) != nil else { return }
            }
        }
    }

    func stop() {
        task?.cancel()
    }

    private func look() async {
        do throws(DatabaseError) {
            let pauses = try await store.current()
            if pauses != known { await adopt(pauses) }
            _ = try await store.releaseResumed(limit: Self.batch)
        } catch {
            // What was paused stays paused until Postgres says otherwise.
            errors.log("pauses not read", error, to: logger)
        }
    }

    private func adopt(_ pauses: PauseSet) async {
        await pipeline.use(pauses)
        let isFirst = known == nil
        if !isFirst || !pauses.isEmpty {
            logger.notice("pauses changed", metadata: ["pauses": .stringConvertible(pauses.all.count)])
        }
        known = pauses
        if isFirst { await onFirst() }
    }
}
