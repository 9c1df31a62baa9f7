import Database
import Logging
import NotificationLog
import Reactor
import Synchronization
import Telemetry

/// Puts the lanes' comings and goings together into one word on Postgres: up or away, said once each time.
///
/// Fed and read on the reactor, except for the log's own thread-safe calls.
final class DatabaseWatch: Sendable {
    private struct State {
        var connected: Set<String> = []
        /// Those that had a connection again since Postgres is away.
        var returned: Set<String> = []
        var isUp = false
        var server: ServerLog
    }

    private let log: Logger
    private let address: String
    private let state: Mutex<State>
    private let onChange: @Sendable (Bool) -> Void

    /// - Parameter onChange: true when every lane is connected, false when one is lost; on the reactor.
    init(log: Logger, address: String, onChange: @escaping @Sendable (Bool) -> Void) {
        self.log = log
        state = Mutex(State(server: ServerLog(log)))
        self.address = address
        self.onChange = onChange
    }

    func changed(_ event: DatabaseEvent) {
        switch event {
        case .connected(let lane):
            log.debug("lane connected", metadata: ["lane": .string(lane)])
            connected(lane)
        case .lost(let lane, let reason):
            log.debug("lane lost", metadata: ["lane": .string(lane), "error": .string(reason.description)])
            lost(lane, reason)
        case .waiting(_, let reason, _): waiting(reason)
        }
    }

    private func connected(_ lane: String) {
        let isComplete = state.withLock { state in
            state.connected.insert(lane)
            state.returned.insert(lane)
            let isComplete = state.connected.count == NotificationStore.laneNames.count && !state.isUp
            if isComplete {
                state.isUp = true
                state.server.up(["server": .string(address)])
            }
            return isComplete
        }
        guard isComplete else { return }
        onChange(true)
    }

    private func lost(_ lane: String, _ reason: DatabaseError) {
        let (isNews, hadReturned) = state.withLock { state in
            state.connected.remove(lane)
            defer { state.isUp = false }
            if state.isUp {
                state.returned = []
                state.server.lost(reason.description, ["server": .string(address)])
            }
            return (state.isUp, state.returned.remove(lane) != nil)
        }
        guard isNews else {
            // A server that takes connections and does no work, such as a standby: connecting alone never fails.
            if hadReturned { waiting(reason) }
            return
        }
        onChange(false)
    }

    /// Postgres cannot be used: by a lane, or by what has to be done before the lanes.
    func waiting(_ reason: DatabaseError) {
        state.withLock { _ = $0.server.failed(reason.description, ["server": .string(address)]) }
    }
}
