/// Counts a provider's failures among its results of the last 30 seconds, in bounded memory; a pure value.
///
/// Results are kept by the second they came in, so each counts for 29 to 30 s.
struct FailureWindow: Sendable, Equatable {
    static let length = Duration.seconds(30)
    private static let granularity = Duration.seconds(1)

    private struct Second: Equatable {
        let begin: ContinuousClock.Instant
        var results: Int
        var failures: Int
    }

    /// Oldest first; 31 at most.
    private var seconds: [Second] = []

    mutating func add(isFailure: Bool, now: ContinuousClock.Instant) {
        seconds.removeAll { $0.begin.duration(to: now) >= Self.length }
        if let last = seconds.last, last.begin.duration(to: now) < Self.granularity {
            seconds[seconds.count - 1].results += 1
            seconds[seconds.count - 1].failures += isFailure ? 1 : 0
        } else {
            seconds.append(Second(begin: now, results: 1, failures: isFailure ? 1 : 0))
        }
    }

    /// As of the last `add`.
    var results: Int { seconds.reduce(0) { $0 + $1.results } }
    var failures: Int { seconds.reduce(0) { $0 + $1.failures } }

    mutating func clear() {
        seconds = []
    }
}
