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

/// Takes each message through its stages: identify, route, claim, deliver, settle; then tells the broker.
///
/// Every stage is a file of its own. All of it runs on the reactor; what it waits for are commits and providers.
actor EventPipeline {
    var parts: PipelineParts
    private let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }

    var catalogue: Catalogue
    let keys = KeyedTurns<EventKey>()
    var ids = UUIDv7Source()
    /// Ids given to deliveries that brought none, until the broker is known to have their acknowledgement.
    var anonymous: [DeliveryID: String] = [:]
    private let answer: Answer
    private(set) var newestGeneration: UInt64 = 0
    /// Connections up to this one are gone.
    var lostGeneration: UInt64 = 0
    var passages: [UInt64: Underway] = [:]
    private var nextPassage: UInt64 = 0
    private var idleWaiters: [CheckedContinuation<Void, Never>] = []
    let lane: QuarantineLane
    var stages: StageTable
    private var errors = RepeatedDatabaseError()
    /// Of each provider that another one had to stand in for.
    var failovers: [String: RepeatedFailure] = [:]
    var unreadable = RepeatedFailure(forgetsAfter: .seconds(900))
    /// What operators paused.
    private(set) var pauses = PauseSet()

    /// A passage that has not ended.
    struct Underway {
        let delivery: DeliveryID?
        let task: Task<Void, Never>
        /// The channels of its notifications that were settled.
        var settled: [LogChannel] = []
        /// Why one of them did not become what it should.
        var failure: ErrorCode?
        /// Its message is with its provider, or was.
        var isSending = false
        /// The broker has its message back.
        var isGivenBack = false
    }

    /// Settles a delivery at the broker; the last says to have that answered, for `acknowledged(_:)`.
    typealias Answer = @Sendable (DeliveryID, Disposition, Bool) -> Void

    /// - Parameter answer: called on the reactor, once for each delivery that was received.
    init(
        parts: PipelineParts,
        catalogue: Catalogue,
        answer: @escaping Answer
    ) {
        self.parts = parts
        reactor = parts.reactor
        self.catalogue = catalogue
        self.answer = answer
        lane = QuarantineLane(reactor: parts.reactor)
        stages = StageTable(limits: parts.limits)
    }

    /// Messages whose passage has not ended.
    var inFlight: Int { passages.count }

    /// Parked events among them.
    private(set) var parkedInFlight = 0

    /// For each event type the channels on which an uncertain send is repeated.
    var resendChannels: [String: [Channel]] { catalogue.types.mapValues(\.resendChannels) }

    /// A wake-up's deliveries; each goes its own way, and their commits meet in batches.
    func receive(_ deliveries: [Delivery], from broker: BrokerNode?) {
        let now = ContinuousClock.now
        if let newest = deliveries.last?.id.generation { newestGeneration = max(newestGeneration, newest) }
        for delivery in deliveries {
            let message = IncomingMessage(delivery, receivedAt: Date())
            parts.metrics.consumed(eventType: message.routingKey)
            let span = parts.spans.process(message, delivery: delivery, broker: broker)
            begin(message, .broker(delivery), span, received: now)
        }
    }

    /// A parked event that is due, under its fresh claim.
    ///
    /// - Parameter start: from when its lease counts at the latest.
    func takeUp(_ due: DueEvent, claimedSince start: ContinuousClock.Instant) async {
        do {
            let message = try parts.vault.restore(due.message)
            let span = parts.spans.process(message, delivery: nil, broker: nil)
            await parts.leases.hold(due.claim, since: start)
            begin(message, .parked(due.claim), span, received: .now)
        } catch {
            await setAside(due, unreadable: error)
        }
    }

    private func begin(
        _ message: IncomingMessage,
        _ source: Passage.Source,
        _ span: TelemetrySpan,
        received: ContinuousClock.Instant
    ) {
        nextPassage += 1
        sayReceived(message, source)
        let passage = Passage(message: message, source: source, span: span, received: received, number: nextPassage)
        if passage.claim != nil { parkedInFlight += 1 }
        enter(.receive, passage)
        passages[passage.number] = Underway(
            delivery: passage.delivery?.id,
            task: Task(executorPreference: parts.reactor.executor) { [weak self] in await self?.run(passage) }
        )
        parts.metrics.inFlight(passages.count)
    }

    private func run(_ passage: Passage) async {
        let disposition: Disposition
        do {
            disposition = try await pass(passage)
        } catch {
            disposition = await recover(passage, from: error)
        }
        leave(passage)
        let underway = passages.removeValue(forKey: passage.number)
        let wasGivenBack = underway?.isGivenBack ?? false
        switch passage.source {
        case .broker(let delivery) where !wasGivenBack:
            if disposition != .acknowledge { giveUpIDs { $0 == delivery.id } }
            crashPoint(.ack, passage)
            answer(delivery.id, disposition, anonymous[delivery.id] != nil)
        case .broker: break
        case .parked(let claim): await parts.leases.drop(claim)
        }
        passage.span.end()
        if let underway { count(passage, underway) }
        if passage.claim != nil { parkedInFlight -= 1 }
        await parts.providers.ended(passage.number)
        if passages.isEmpty { resumeIdleWaiters() }
    }

    /// The whole way, stage by stage.
    func process(_ passage: Passage) async throws(PassageFailure) -> Disposition {
        crashPoint(.receive, passage)
        switch identify(passage) {
        case .contact(let change):
            _ = try await persistently { () async throws(DatabaseError) in try await parts.log.contacts.apply(change) }
            if passage.claim != nil { try await close(passage, .contactApplied, "the contact was updated") }
            return .acknowledge
        case .rejected(let rejection):
            return try await reject(passage, rejection)
        case .event(let identified):
            sayDeclaredType(of: identified.event, passage)
            guard let lesson = lesson(of: identified, in: passage) else {
                return try await claimAndDeliver(passage, identified)
            }
            return try await processSignUp(passage, identified, lesson)
        }
    }

    private func recover(_ passage: Passage, from failure: PassageFailure) async -> Disposition {
        switch failure {
        case .stopping, .deliveryGone:
            return .requeue
        case .refusedByDatabase(let sqlState):
            let rejection = EventRejection(
                code: .shapeInvalid,
                message: "Postgres refuses a value of the event (SQLSTATE \(sqlState))",
                eventID: ownID(of: passage)
            )
            return (try? await reject(passage, rejection)) ?? .deadLetter
        }
    }

    /// The id the message itself brings, as the dead-letter collector will find it.
    private func ownID(of passage: Passage) -> String? {
        switch identify(passage) {
        case .event(let identified): identified.event.eventID
        case .contact(let change): change.eventID
        case .rejected(let rejection): rejection.eventID
        }
    }

    // MARK: Stopping

    /// Gives back what waits for the return of a provider, and lets nothing more wait for it.
    func stopWaiting() async {
        await parts.providers.stopWaiting()
    }

    /// Waits until every passage has ended.
    func untilIdle() async {
        while !passages.isEmpty {
            await withCheckedContinuation { waiter in
                if passages.isEmpty { waiter.resume() } else { idleWaiters.append(waiter) }
            }
        }
    }

    /// Gives up what has not left yet: senders abandon, waits end.
    func cancelAll() {
        for passage in passages.values { passage.task.cancel() }
    }

    /// Gives everything back to the queue that has not been handed to a provider: it has been kept for long enough.
    func giveBack() {
        for (number, passage) in passages where !passage.isSending && !passage.isGivenBack {
            guard let delivery = passage.delivery else { continue }
            passages[number]?.isGivenBack = true
            giveUpIDs { $0 == delivery }
            answer(delivery, .requeue, false)
            passage.task.cancel()
        }
    }

    /// Whether the message is still ours to process: not if its connection ended or it was given back.
    func holds(_ delivery: DeliveryID, of passage: UInt64) -> Bool {
        delivery.generation > lostGeneration && passages[passage]?.isGivenBack == false
    }

    /// From here on its result is in our hands alone.
    func sending(_ passage: Passage) {
        passages[passage.number]?.isSending = true
    }

    private func resumeIdleWaiters() {
        let waiters = idleWaiters
        idleWaiters.removeAll()
        for waiter in waiters { waiter.resume() }
    }

    /// Where a test may have the program die.
    func crashPoint(_ point: CrashPoint, _ passage: Passage) {
        parts.crashPoints.pass(point, messageID: passage.message.messageID)
    }

    // MARK: The database

    /// Does it until Postgres has done it: an outage, or a schema that is being mended, costs time and nothing else.
    func persistently<Value: Sendable>(
        _ work: () async throws(DatabaseError) -> Value
    ) async throws(PassageFailure) -> Value {
        while true {
            do throws(DatabaseError) {
                return try await work()
            } catch {
                if error.code == .closed { throw .stopping }
                if error.isCausedByData { throw .refusedByDatabase(sqlState: error.sqlState ?? "") }
                stages.databaseIsAbsent(now: .now)
                // Every message in hand meets the same trouble.
                errors.log("database error", error, to: parts.logger)
                guard (try? await parts.reactor.sleep(for: Self.pauseAfterError)) != nil else { throw .stopping }
            }
        }
    }

    private static let pauseAfterError = Duration.seconds(5)

    /// What a reload changes; passages under way go on with what they began with.
    func use(_ catalogue: Catalogue, schedule: RetrySchedule) {
        self.catalogue = catalogue
        parts.schedule = schedule
    }

    func use(_ pauses: PauseSet) {
        self.pauses = pauses
    }
}

/// What the stages work with; made once by the daemon.
struct PipelineParts: Sendable {
    var reactor: Reactor
    var log: NotificationStore
    var decoder: EventDecoder
    var router: ChannelRouter
    var schedule: RetrySchedule
    var senders: SenderSet
    var providers: ProviderBoard
    var vault: MessageVault
    var protector: AddressProtector
    var leases: LeaseKeeper
    var spans: EventSpans
    var metrics: DaemonMetrics
    var logger: Logger
    /// Up to an attempt's last byte.
    var sendTimeout: Duration
    var limits: StageLimits
    /// Whether the queue counts deliveries; a classic one only says that there was one.
    var countsDeliveries: Bool
    /// Names this process among replicas.
    var instanceID: String
    var crashPoints: CrashPoints
}
