/// What the service manager is to hear of the program's life, as a value: an event in, at most one message out.
///
/// The order is the manager's: ready once, reloading and ready again in turns, stopping last.
struct SystemdStateMachine: Sendable {
    enum Event: Equatable, Sendable {
        /// How the program stands with a component; until `begun` it is only noted.
        case standing(String, HealthBoard.Status)
        case begun
        /// At this time of `CLOCK_MONOTONIC`, in microseconds.
        case reloadBegan(monotonic: UInt64)
        /// - refusal: why everything is as it was before; nil: the new state is in force.
        case reloadEnded(refusal: String?)
        /// A drain began and will be over by then, whatever happens.
        case stopping(until: SuspendingClock.Instant)
        case tick(Liveness.Verdict)
    }

    private enum Life: Equatable {
        /// → starting
        case silent
        /// Not consuming yet → ready, stopping
        case starting
        /// → stopping
        case ready
        case stopping(until: SuspendingClock.Instant)
    }

    /// How much longer it may take, asked for while it does; several ticks fit in.
    static let allowance = Duration.seconds(30)

    private let hasWatchdog: Bool
    private var life = Life.silent
    private var status: SystemdStatus
    private var told: String?
    private var reloads = 0

    init(servers: [String: String], hasWatchdog: Bool) {
        self.hasWatchdog = hasWatchdog
        status = SystemdStatus(servers: servers)
    }

    /// - Returns: nil when there is nothing new to say.
    mutating func on(_ event: Event, now: SuspendingClock.Instant) -> NotifyMessage? {
        var message = NotifyMessage()
        switch event {
        case .standing(let component, let standing):
            status.standings[component] = standing
            if life == .starting { message = started() }
        case .begun:
            guard life == .silent else { return nil }
            life = .starting
            message = started()
        case .reloadBegan(let monotonic):
            message.state = reloadBegan(monotonic)
        case .reloadEnded(let refusal):
            message.state = reloadEnded(refusal)
        case .stopping(let end):
            life = .stopping(until: end)
            status.phase = .draining
            message.state = .stopping
            message.extendTimeout = Self.allowance
        case .tick(let verdict):
            status.stuck = verdict.reason
            if verdict == .alive { message = beat(now) }
        }
        return finished(message)
    }

    /// The last line never arrived: it is said again with the next message.
    mutating func statusWasLost() {
        told = nil
    }

    private mutating func started() -> NotifyMessage {
        guard status.standings[HealthBoard.consumer] == .up else {
            return NotifyMessage(extendTimeout: Self.allowance)
        }
        life = .ready
        status.phase = .running
        return NotifyMessage(state: .ready)
    }

    /// A reload while it still starts is none to the manager: the READY=1 at its end would be taken for the start's.
    private mutating func reloadBegan(_ monotonic: UInt64) -> NotifyMessage.State? {
        reloads += 1
        guard life == .ready else { return nil }
        status.phase = .reloading
        return .reloading(monotonic: monotonic)
    }

    private mutating func reloadEnded(_ refusal: String?) -> NotifyMessage.State? {
        reloads -= 1
        status.refusal = refusal
        guard status.phase == .reloading, reloads == 0 else { return nil }
        status.phase = .running
        return .ready
    }

    private func beat(_ now: SuspendingClock.Instant) -> NotifyMessage {
        var message = NotifyMessage(feedsWatchdog: hasWatchdog)
        switch life {
        case .starting: message.extendTimeout = Self.allowance
        case .stopping(let end) where now < end: message.extendTimeout = Self.allowance
        case .silent, .ready, .stopping: break
        }
        return message
    }

    private mutating func finished(_ message: NotifyMessage) -> NotifyMessage? {
        guard life != .silent else { return nil }
        var message = message
        let text = status.text
        if text != told {
            message.status = text
            told = text
        }
        return message.isEmpty ? nil : message
    }
}
