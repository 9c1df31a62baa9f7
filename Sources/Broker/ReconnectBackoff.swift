/// Says how long to wait before the next attempt, and at which node: exponential, with full jitter.
///
/// The ceiling begins at 1 s and doubles to 30 s each time all nodes were tried; the delay is drawn evenly between 0.5 s
/// and the ceiling. Full jitter, because all replicas lose a broker in the same moment.
struct ReconnectBackoff: Sendable, Equatable {
    struct Retry: Sendable, Equatable {
        var delay: Duration
        /// Index into the configured nodes.
        var node: Int
    }

    static let floor = 0.5
    static let ceiling = 30.0
    /// A connection that lived this long was a good one; one that did not counts as one more failure.
    static let provenLifetime: Duration = .seconds(10)

    private let nodeCount: Int
    private var failures = 0
    /// The node of the attempt under way, or of the connection.
    private(set) var node = 0

    init(nodeCount: Int) {
        self.nodeCount = max(1, nodeCount)
    }

    /// A connection ended after this time.
    mutating func connectionEnded(after lifetime: Duration) {
        if lifetime >= Self.provenLifetime { failures = 0 }
    }

    /// - Parameter random: 0 ..< 1.
    mutating func next(random: Double) -> Retry {
        let rounds = failures / nodeCount
        failures += 1
        node = (node + 1) % nodeCount
        var ceiling = 1.0
        for _ in 0..<min(rounds, 5) { ceiling *= 2 }
        ceiling = min(ceiling, Self.ceiling)
        let fraction = min(max(random, 0), 1)
        return Retry(delay: .seconds(Self.floor + (ceiling - Self.floor) * fraction), node: node)
    }
}
