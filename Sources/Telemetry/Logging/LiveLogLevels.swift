import Logging
import Synchronization

/// The levels in force, which a reload may change while loggers are in use.
///
/// Each component's level is one atomic that all its loggers read: asking costs a load, not a look-up.
final class LiveLogLevels: Sendable {
    private struct State {
        var levels: LogLevels
        var components: [String: ComponentLevel] = [:]
    }

    private let state: Mutex<State>

    init(_ levels: LogLevels) {
        state = Mutex(State(levels: levels))
    }

    var current: LogLevels { state.withLock { $0.levels } }

    func set(_ levels: LogLevels) {
        state.withLock { state in
            state.levels = levels
            for (name, component) in state.components { component.level = levels[name] }
        }
    }

    func component(_ name: String) -> ComponentLevel {
        state.withLock { state in
            if let known = state.components[name] { return known }
            let component = ComponentLevel(state.levels[name])
            state.components[name] = component
            return component
        }
    }
}

/// One component's level, shared by its loggers.
final class ComponentLevel: Sendable {
    private static let ordered = Logger.Level.allCases
    private let index: Atomic<Int>

    init(_ level: Logger.Level) {
        index = Atomic(Self.index(of: level))
    }

    var level: Logger.Level {
        get { Self.ordered[index.load(ordering: .relaxed)] }
        set { index.store(Self.index(of: newValue), ordering: .relaxed) }
    }

    private static func index(of level: Logger.Level) -> Int {
        ordered.firstIndex(of: level) ?? 0
    }
}
