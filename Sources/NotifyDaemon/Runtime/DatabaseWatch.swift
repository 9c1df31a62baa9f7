import Database
import Logging
import NotificationLog
import Reactor
import Synchronization

/// Puts the lanes' comings and goings together into one word on Postgres: up or away, said once each time.
///
/// Fed and read on the reactor, except for the log's own thread-safe calls.
final class DatabaseWatch: Sendable {
    private struct State {
        var connected: Set<String> = []
        /// Those that had a connection again since Postgres is away.
        var returned: Set<String> = []
        var isUp = false
        var wasUp = false
        var repeats = RepeatedFailure()
    }

    private let log: Logger
    private let address: String
    private let state = Mutex(State())
    private let onChange: @Sendable (Bool) -> Void

    /// - Parameter onChange: true when every lane is connected, false when one is lost; on the reactor.
    init(log: Logger, address: String, onChange: @escaping @Sendable (Bool) -> Void) {
        self.log = log
        self.address = address
        self.onChange = onChange
    }

    func changed(_ event: DatabaseEvent) {
        switch event {
        case .connected(let lane): connected(lane)
        case .lost(let lane, let reason): lost(lane, reason)
        case .waiting(_, let reason, _): waiting(reason)
        }
    }

    private func connected(_ lane: String) {
        let (isComplete, wasUp) = state.withLock { state in
            state.connected.insert(lane)
            state.returned.insert(lane)
            let isComplete = state.connected.count == NotificationStore.laneNames.count && !state.isUp
            let wasUp = state.wasUp
            if isComplete {
                state.isUp = true
                state.wasUp = true
                state.repeats = RepeatedFailure()
            }
            return (isComplete, wasUp)
        }
        guard isComplete else { return }
        log.info(wasUp ? "reconnected" : "connected", metadata: ["server": .string(address)])
        onChange(true)
    }

    private func lost(_ lane: String, _ reason: DatabaseError) {
        let (isNews, hadReturned) = state.withLock { state in
            state.connected.remove(lane)
            defer { state.isUp = false }
            if state.isUp { state.returned = [] }
            return (state.isUp, state.returned.remove(lane) != nil)
        }
        guard isNews else {
            // A server that takes connections and does no work, such as a standby: connecting alone never fails.
            if hadReturned { waiting(reason) }
            return
        }
        log.warning("connection lost", metadata: ["error": .string(reason.description), "server": .string(address)])
        onChange(false)
    }

    private func waiting(_ reason: DatabaseError) {
        guard let count = state.withLock({ $0.repeats.shouldReport(reason.description, now: .now) }) else { return }
        log.warning(
            "waiting",
            metadata: [
                "error": .string(reason.description), "server": .string(address),
                "failures": .stringConvertible(count),
            ]
        )
    }
}

/// A failure that repeats: said at once, then once a minute with a count.
struct RepeatedFailure {
    static let interval = Duration.seconds(60)
    private var reason = ""
    private var count = 0
    private var lastReport: ContinuousClock.Instant?

    /// - Returns: how often it failed since it began, when it is time to say so.
    mutating func shouldReport(_ reason: String, now: ContinuousClock.Instant) -> Int? {
        count += 1
        let isNew = reason != self.reason
        let isDue = lastReport.map { now - $0 >= Self.interval } ?? true
        guard isNew || isDue else { return nil }
        self.reason = reason
        lastReport = now
        return count
    }
}
