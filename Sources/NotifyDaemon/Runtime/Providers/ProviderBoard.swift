import DomainEvents
import FoundationEssentials
import Logging
import NotificationLog
import Pipeline
import Reactor
import Senders
import Telemetry

/// Decides which provider is asked, and when none is: what is away is left alone, what is slow does not hold up the rest.
actor ProviderBoard {
    let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }
    private let logger: @Sendable (LogComponent) -> Logger
    private let health: HealthBoard
    /// What is wanted from the queue; called on the reactor with each change.
    let demands: @Sendable (Demand) -> Void

    enum Demand: Sendable {
        case all
        /// One message, to see whether a provider is back.
        case probe
        /// Consuming has to pause.
        case nothing
    }

    var stations: [ProviderStation]
    /// For each channel its providers' places in `stations`, the preferred first.
    private let order: [Channel: [Int]]
    private var lastWaiter: UInt64 = 0
    private var servers: [ServerLog]
    /// Those that have accepted something.
    private var known: Set<Int> = []

    /// More waits in Postgres than `parked.max`.
    private var isFull = false
    /// As `demands` was last told.
    var isPausing = false
    var gate: [GateWaiter] = []
    /// The passage let through the gate to be a probe.
    var candidate: UInt64?
    /// One message is awaited from the queue to be a probe.
    var isFetching = false
    /// Nobody waits at the gate any more.
    var isDraining = false
    var ticker: ReactorTimer?

    /// How long after a provider's return its backlog is taken up ahead of time: the longest pause between probes is over by then.
    private static let backlogTime = Duration.seconds(180)

    /// - Parameters:
    ///   - prefetch: what is in flight at most.
    ///   - logger: by component.
    init(
        senders: SenderSet,
        prefetch: Int,
        reactor: Reactor,
        logger: @escaping @Sendable (LogComponent) -> Logger,
        health: HealthBoard,
        demands: @escaping @Sendable (Demand) -> Void
    ) {
        self.reactor = reactor
        self.logger = logger
        self.health = health
        self.demands = demands
        // With one channel there is nobody to leave places for.
        let share = senders.channels.count > 1 ? max(1, prefetch * 3 / 4) : nil
        stations = senders.all.map { ProviderStation(sender: $0, inFlight: prefetch, share: share) }
        servers = senders.all.map { ServerLog(logger(Self.component($0.name))) }
        order = Dictionary(grouping: stations.indices) { [stations] in stations[$0].sender.channel }
    }

    func providers(of channel: Channel) -> [Int] { order[channel] ?? [] }

    // MARK: One notification

    /// The first provider of the channel that may be asked now, in the configured order.
    ///
    /// - Parameter asked: those that definitely failed it already.
    func admit(_ channel: Channel, _ notification: UUID, skipping asked: Set<String> = []) async -> ProviderAdmission {
        let left = providers(of: channel).filter { !asked.contains(stations[$0].sender.name) }
        for index in left {
            let now = ContinuousClock.now
            switch stations[index].breaker.admit(notification.uuidString, now: now) {
            case .refused:
                continue
            case .probe(let probe):
                return .send(stations[index].sender, permit(index, probe: probe, hasPlace: false))
            case .pass:
                guard await enterBulkhead(index) else { return .busy }
                return .send(stations[index].sender, permit(index, probe: nil, hasPlace: true))
            }
        }
        return left.isEmpty ? .none : .open(nextProbe: timeToProbe(channel))
    }

    private func permit(_ index: Int, probe: CircuitBreaker.ProbeID?, hasPlace: Bool) -> ProviderPermit {
        ProviderPermit(
            station: index,
            probe: probe,
            pass: stations[index].slowStart.enter(),
            hasPlace: hasPlace,
            startedAt: .now
        )
    }

    /// The send is over, or was not made.
    ///
    /// - Parameters:
    ///   - standing: nil: nothing went out, and nothing was learned.
    ///   - answer: what came of it, for the log where it opens the breaker.
    func finished(_ permit: ProviderPermit, _ standing: ProviderStanding?, _ answer: DeliveryVerdict? = nil) {
        let index = permit.station
        if let pass = permit.pass { stations[index].slowStart.leave(pass, standing ?? .unknown) }
        if permit.hasPlace { leaveBulkhead(index) }
        if let standing {
            if standing == .working, stations[index].isClosed, known.insert(index).inserted {
                servers[index].up(provider(index))
            }
            let change = stations[index].breaker.record(
                standing,
                probe: permit.probe,
                startedAt: permit.startedAt,
                now: .now
            )
            if let change { changed(index, change, answer) }
        } else if let probe = permit.probe {
            stations[index].breaker.giveBack(probe, now: .now)
        }
        openGate()
    }

    private func enterBulkhead(_ index: Int) async -> Bool {
        lastWaiter += 1
        let id = Bulkhead.WaiterID(number: lastWaiter)
        let now = ContinuousClock.now
        switch stations[index].bulkhead.enter(id, now: now) {
        case .enter: return true
        case .refused: return false
        case .wait(let deadline):
            return await withCheckedContinuation { continuation in
                // A place may have come free while this task was on its way here.
                guard stations[index].early.remove(id) == nil else { return continuation.resume(returning: true) }
                let timer = reactor.schedule(after: now.duration(to: deadline)) { [weak self] in
                    self?.assumeIsolated { $0.waitedInVain(id, index) }
                }
                stations[index].waiters[id] = ProviderStation.Waiter(continuation: continuation, timer: timer)
            }
        }
    }

    private func waitedInVain(_ id: Bulkhead.WaiterID, _ index: Int) {
        guard stations[index].bulkhead.timedOut(id), let waiter = stations[index].waiters.removeValue(forKey: id)
        else { return }
        waiter.continuation.resume(returning: false)
    }

    private func leaveBulkhead(_ index: Int) {
        guard let next = stations[index].bulkhead.leave() else { return }
        guard let waiter = stations[index].waiters.removeValue(forKey: next) else {
            stations[index].early.insert(next)
            return
        }
        waiter.timer.cancel()
        waiter.continuation.resume(returning: true)
    }

    // MARK: The whole

    func isOpen(_ channel: Channel) -> Bool {
        let providers = providers(of: channel)
        return !providers.isEmpty && providers.allSatisfy { !stations[$0].isClosed }
    }

    /// Until the first of the channel's providers is probed; zero when one works.
    func timeToProbe(_ channel: Channel) -> Duration {
        let now = ContinuousClock.now
        let times = providers(of: channel).map { stations[$0].breaker.nextProbe(now: now).map { $0 - now } ?? .zero }
        return max(times.min() ?? .zero, .zero)
    }

    /// How much of what waits for providers may be taken up now.
    func takeOrders(room: Int) -> [Channel: TakeOrder.Waiting] {
        let now = ContinuousClock.now
        return order.mapValues { providers in
            let working = providers.map { stations[$0] }.filter(\.isClosed)
            guard !working.isEmpty else {
                let isDue = providers.contains { stations[$0].isProbeDue(now: now) }
                return TakeOrder.Waiting(limit: isDue && candidate == nil ? 1 : 0, ignoresDueTime: true)
            }
            let places = working.map { $0.room ?? room }.max() ?? 0
            let isBack = working.contains { $0.closedAt.map { now - $0 < Self.backlogTime } ?? false }
            return TakeOrder.Waiting(limit: min(room, places), ignoresDueTime: isBack)
        }
    }

    /// Whether it matters how much is parked.
    var hasOpenChannel: Bool { order.keys.contains(where: isOpen) }

    /// - Parameter isFull: at least `parked.max` notifications wait.
    func parkedIs(full isFull: Bool) {
        self.isFull = isFull
        updatePause()
    }

    func updatePause() {
        let channels = order.keys
        let isAway = !channels.isEmpty && channels.allSatisfy(isOpen)
        let shouldPause = isAway || (isFull && hasOpenChannel)
        if shouldPause != isPausing {
            isPausing = shouldPause
            isFetching = false
            demands(shouldPause ? .nothing : .all)
        }
        openGate()
        updateTicker()
    }

    private func changed(_ index: Int, _ change: CircuitBreaker.Change, _ answer: DeliveryVerdict?) {
        say(index, change, answer)
        switch change {
        case .opened:
            stations[index].slowStart.restart()
            stations[index].closedAt = nil
            health.set(stations[index].sender.name, .down)
        case .reopened: break
        case .closed:
            stations[index].closedAt = .now
            health.set(stations[index].sender.name, .up)
        }
        updatePause()
    }

    // MARK: The log

    /// A provider's lines stand under its kind; its own name is a field.
    private static func component(_ provider: String) -> LogComponent {
        switch provider {
        case "twilio": .twilio
        case "file": .file
        default: .smtp
        }
    }

    nonisolated func logger(of provider: String) -> Logger { logger(Self.component(provider)) }

    private func provider(_ index: Int) -> Logger.Metadata { ["provider": .string(stations[index].sender.name)] }

    private func say(_ index: Int, _ change: CircuitBreaker.Change, _ answer: DeliveryVerdict?) {
        switch change {
        case .opened(let reason):
            let last = [answer?.code?.rawValue, answer?.detail].compactMap(\.self).joined(separator: " ")
            servers[index].lost(reason.description + (last.isEmpty ? "" : "; the last: \(last)"), provider(index))
        case .reopened: servers[index].failed("the provider did not accept a probe", provider(index))
        case .closed: servers[index].up(provider(index))
        }
    }
}

extension CircuitBreaker.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .failing(let failures, let results):
            "\(failures) of its last \(results) answers were failures: it is left alone but for a probe now and then"
        case .refusing:
            "it refuses us for a reason of ours (credentials, sender, account): it is left alone but for a probe now and then"
        }
    }
}
