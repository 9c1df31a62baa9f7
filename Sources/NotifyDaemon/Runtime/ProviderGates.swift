import Reactor
import Synchronization

/// How long a provider that refuses us for a reason of ours is left alone: 5 s, doubling to 2 min, until it accepts.
struct ProviderGate: Sendable, Equatable {
    static let first = Duration.seconds(5)
    static let longest = Duration.seconds(120)
    private(set) var refusals = 0

    /// Counts one more refusal and returns the pause that follows it.
    mutating func refused() -> Duration {
        defer { refusals = min(refusals + 1, 16) }
        return min(Self.first * (1 << refusals), Self.longest)
    }

    mutating func accepted() {
        refusals = 0
    }
}

/// The gates of all providers, by name.
final class ProviderGates: Sendable {
    private let gates = Mutex<[String: ProviderGate]>([:])

    func refused(_ provider: String) -> Duration {
        gates.withLock { $0[provider, default: ProviderGate()].refused() }
    }

    func accepted(_ provider: String) {
        gates.withLock { gates in
            guard gates[provider]?.refusals ?? 0 > 0 else { return }
            gates[provider]?.accepted()
        }
    }
}
