import Reactor
import Synchronization

/// How long a provider that refuses us for a reason of ours is left alone: 5 s, doubling to 2 min, until it accepts.
struct ProviderGate: Sendable, Equatable {
    static let first = Duration.seconds(5)
    static let longest = Duration.seconds(120)
    private(set) var refusals = 0
    private var openUntil: ContinuousClock.Instant?

    /// How long to leave it alone. Those that were under way when the first was refused share its pause.
    mutating func refused(now: ContinuousClock.Instant) -> Duration {
        if let openUntil, now < openUntil { return openUntil - now }
        defer { refusals = min(refusals + 1, 16) }
        let pause = min(Self.first * (1 << refusals), Self.longest)
        openUntil = now + pause
        return pause
    }

    mutating func accepted() {
        refusals = 0
        openUntil = nil
    }
}

/// The gates of all providers, by name.
final class ProviderGates: Sendable {
    private let gates = Mutex<[String: ProviderGate]>([:])

    func refused(_ provider: String) -> Duration {
        gates.withLock { $0[provider, default: ProviderGate()].refused(now: .now) }
    }

    func accepted(_ provider: String) {
        gates.withLock { gates in
            guard gates[provider]?.refusals ?? 0 > 0 else { return }
            gates[provider]?.accepted()
        }
    }
}
