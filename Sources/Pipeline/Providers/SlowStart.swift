/// Lets what has waited for a provider go gradually once it is back, so that it is not knocked over again; a pure value.
///
/// From a restart on, two sends may be on their way at a time, and one more for each that finds the provider working: as
/// many again for each round trip. From `bound` on there is no limit, as there is none before the first restart.
public struct SlowStart: Sendable, Equatable {
    public static let firstAllowance = 2

    /// To be handed in again when the send is over.
    public struct Pass: Sendable, Equatable {
        fileprivate let generation: UInt64
    }

    private let bound: Int
    /// nil: no limit.
    public private(set) var allowance: Int?
    /// Those that entered since the restart: what hangs from before it must not hold up the rest.
    private var inFlight = 0
    private var generation: UInt64 = 0

    /// - Parameter bound: the allowance that is as good as none, above 2; what one process has in flight at most is a
    ///   good one.
    public init(bound: Int) {
        self.bound = max(bound, Self.firstAllowance + 1)
    }

    /// How many may enter now; nil: any number.
    public var room: Int? { allowance.map { max(0, $0 - inFlight) } }

    /// The breaker opened: when it closes again, all begins small.
    public mutating func restart() {
        generation += 1
        inFlight = 0
        allowance = Self.firstAllowance
    }

    /// - Returns: nil when there is no room; ask again when one has left.
    public mutating func enter() -> Pass? {
        if let room, room == 0 { return nil }
        inFlight += 1
        return Pass(generation: generation)
    }

    /// Call once for each pass.
    /// - Parameter standing: what the send said of the provider; only `working` widens the way.
    public mutating func leave(_ pass: Pass, _ standing: ProviderStanding) {
        guard pass.generation == generation else { return }
        inFlight -= 1
        guard standing == .working, let allowance else { return }
        self.allowance = allowance + 1 < bound ? allowance + 1 : nil
    }
}
