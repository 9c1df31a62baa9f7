import NotificationLog

/// How many dead letters go into one transaction, and when the next may start.
struct ChunkPace: Equatable {
    /// A second; nil: as fast as it goes.
    var rate: Double?

    /// What one second allows, at least one.
    var chunk: Int {
        guard let rate else { return DeadLetterStore.largestChunk }
        return max(1, min(DeadLetterStore.largestChunk, Int(rate)))
    }

    /// When a chunk may start, counted from the run's beginning.
    ///
    /// - Parameter done: dead letters that earlier chunks took.
    func start(after done: Int) -> Duration {
        guard let rate else { return .zero }
        return .seconds(Double(done) / rate)
    }
}
