import Database
import Logging
import NotificationLog
import Pipeline
import Reactor

/// Takes parked notifications up again when they are due.
///
/// It asks when the next one is due and sleeps until then, at most a second, since other replicas park too.
actor ParkedPoller {
    static let longestPause = Duration.seconds(1)
    /// Taken at a time; the rest stays for the next turn or another replica.
    static let batch = 64

    private let store: ParkedStore
    private let pipeline: EventPipeline
    private let providers: ProviderBoard
    /// `parked.max`.
    private let most: Int
    private var nextCount = ContinuousClock.now
    private let leases: LeaseKeeper
    private let reactor: Reactor
    private let logger: Logger
    private var errors = RepeatedDatabaseError()
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
    private var task: Task<Void, Never>?
    private var isStopped = false

    /// - Parameter most: how many may wait while a provider is away before consuming pauses.
    init(
        store: ParkedStore,
        pipeline: EventPipeline,
        providers: ProviderBoard,
        most: Int,
        leases: LeaseKeeper,
        reactor: Reactor,
        logger: Logger
    ) {
        self.store = store
        self.pipeline = pipeline
        self.providers = providers
        self.most = most
        self.leases = leases
        self.reactor = reactor
        self.logger = logger
    }

    func start() {
        guard task == nil, !isStopped else { return }
        task = Task(executorPreference: reactor.executor) { [weak self] in
            while !Task.isCancelled, let pause = await self?.watchedTurn() {
                guard (try? await self?.reactor.sleep(for: pause)) != nil else { break }
            }
            await self?.pipeline.pollerStopped()
        }
    }

    /// Takes nothing more; what a statement under way still claims is given back by its lease's end.
    func stop() {
        task?.cancel()
        isStopped = true
    }

    private func watchedTurn() async -> Duration {
        await pipeline.pollerAdvances()
        let pause = await turn()
        await pipeline.pollerAdvances()
        return pause
    }

    /// Sees now and then whether more waits than may.
    private func count() async throws(DatabaseError) {
        guard await providers.hasOpenChannel else { return await providers.parkedIs(full: false) }
        guard .now >= nextCount else { return }
        nextCount = .now + Self.longestPause
        await providers.parkedIs(full: try await store.areWaiting(atLeast: most))
    }

    /// Takes what is due and returns how long to wait for more.
    private func turn() async -> Duration {
        // A full house finishes first: what is taken holds a lease.
        let room = Self.batch - (await pipeline.parkedInFlight)
        guard room > 0 else { return .milliseconds(50) }
        do throws(DatabaseError) {
            // After an outage our own leases may look expired: they are renewed before anything is taken over.
            guard await leases.refresh() else { return Self.longestPause }
            let start = ContinuousClock.now
            let order = TakeOrder(
                limit: room,
                waiting: await providers.takeOrders(room: room),
                resendChannels: await pipeline.resendChannels
            )
            let due = try await store.takeDue(order)
            if !due.isEmpty { logger.debug("taken up", metadata: ["events": .stringConvertible(due.count)]) }
            for event in due { await pipeline.takeUp(event, claimedSince: start) }
            try await count()
            if due.count >= room { return .zero }
            // More may wait for a provider that is coming back; a few at a time, each time some are through.
            let pause = due.isEmpty ? Self.longestPause : .milliseconds(50)
            let next = try await store.timeToNextDue() ?? pause
            return min(max(next, .milliseconds(20)), pause)
        } catch {
            errors.log("parked notifications not read", error, to: logger)
            return Self.longestPause
        }
    }
}
