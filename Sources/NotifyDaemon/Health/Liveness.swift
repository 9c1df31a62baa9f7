import Synchronization

/// Whether the program advances, by the rule of `/livez`: the loop turns, and every stage that has work moves on.
///
/// Fed by the loop itself, read from any other thread, so that a loop that is stuck is seen.
final class Liveness: Sendable {
    enum Verdict: Sendable, Equatable {
        case alive
        /// The reactor's queue has not turned for so long: a thread is blocked.
        case loopStuck(Duration)
        case stageStuck(StageTable.Stuck)
    }

    /// How often the loop tells of itself.
    static let beat = Duration.seconds(1)
    /// So long the loop may be silent; what it does in one turn takes milliseconds.
    static let longestSilence = Duration.seconds(10)

    private struct State {
        var lastTurn: SuspendingClock.Instant
        var stuck: StageTable.Stuck?
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> SuspendingClock.Instant

    /// - Parameter now: a clock that stands still while the machine sleeps; given by tests.
    init(now: @escaping @Sendable () -> SuspendingClock.Instant = { SuspendingClock.now }) {
        self.now = now
        state = Mutex(State(lastTurn: now()))
    }

    /// The loop turned, and this is what does not advance.
    func turned(_ stuck: StageTable.Stuck?) {
        state.withLock { $0 = State(lastTurn: now(), stuck: stuck) }
    }

    var verdict: Verdict {
        let state = state.withLock { $0 }
        let silence = state.lastTurn.duration(to: now())
        if silence > Self.longestSilence { return .loopStuck(silence) }
        return state.stuck.map { .stageStuck($0) } ?? .alive
    }
}

extension Liveness.Verdict {
    /// For people; nil when all is well.
    var reason: String? {
        switch self {
        case .alive: nil
        case .loopStuck(let silence): "the event loop has not turned for \(silence.components.seconds) s"
        case .stageStuck(let stuck):
            "a message has been in stage \(stuck.stage.rawValue) for \(stuck.duration.components.seconds) s"
        }
    }
}
