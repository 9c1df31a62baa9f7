import FoundationEssentials
import Synchronization

/// How the daemon stands with each server it needs, and since when: written where it is known, read by the probes.
///
/// Safe to use from any thread: the probes answer while the reactor is busy, or stuck.
final class HealthBoard: Sendable {
    /// The consumer of events, as a component of its own: the broker may be there and nothing be taken from it.
    static let consumer = "consumer"
    static let broker = "broker"
    static let database = "database"
    static let http = "http"
    static let otlp = "otlp"

    enum Status: String, Sendable, Codable {
        case up, down
        /// Nothing was asked of it yet.
        case unknown
    }

    struct Standing: Sendable, Equatable {
        var status: Status
        /// When it changed last.
        var since: Date
    }

    private let standings: Mutex<[String: Standing]>
    private let now: @Sendable () -> Date
    private let onChange: @Sendable (String, Status) -> Void

    /// - Parameters:
    ///   - components: all that will ever be named, with how they stand at the start.
    ///   - now: the clock; given by tests.
    ///   - onChange: called after each change, and once for each component at the start.
    init(
        _ components: [String: Status],
        now: @escaping @Sendable () -> Date = { Date() },
        onChange: @escaping @Sendable (String, Status) -> Void = { _, _ in }
    ) {
        let start = now()
        standings = Mutex(components.mapValues { Standing(status: $0, since: start) })
        self.now = now
        self.onChange = onChange
        for (component, status) in components { onChange(component, status) }
    }

    /// Nothing for a component that was not named at the start.
    func set(_ component: String, _ status: Status) {
        let hasChanged = standings.withLock { standings in
            guard let before = standings[component], before.status != status else { return false }
            standings[component] = Standing(status: status, since: now())
            return true
        }
        if hasChanged { onChange(component, status) }
    }

    subscript(component: String) -> Standing? {
        standings.withLock { $0[component] }
    }

    var all: [String: Standing] { standings.withLock { $0 } }

    /// Events are taken from the broker.
    var isReady: Bool { self[Self.consumer]?.status == .up }
}
