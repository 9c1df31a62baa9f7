/// The at most two waits of a session, one for input and one for room to write, each resumed exactly once.
struct SessionWaits {
    enum Direction {
        case reading
        case writing
    }

    /// Why a wait ended.
    enum Wake: Sendable {
        /// Look again: there is input or room, or the session ended.
        case ready
        case deadline
        case cancelled
    }

    private struct Wait {
        let id: UInt64
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Wake, Never>
    }

    private var reading: Wait?
    private var writing: Wait?
    private var lastID: UInt64 = 0

    var isReading: Bool { reading != nil }
    var isWriting: Bool { writing != nil }

    /// nil when nothing waits.
    var earliestDeadline: ContinuousClock.Instant? {
        guard let reading, let writing else { return reading?.deadline ?? writing?.deadline }
        return min(reading.deadline, writing.deadline)
    }

    mutating func makeID() -> UInt64 {
        lastID += 1
        return lastID
    }

    mutating func begin(
        _ direction: Direction,
        id: UInt64,
        deadline: ContinuousClock.Instant,
        continuation: CheckedContinuation<Wake, Never>
    ) {
        let wait = Wait(id: id, deadline: deadline, continuation: continuation)
        switch direction {
        case .reading: reading = wait
        case .writing: writing = wait
        }
    }

    mutating func end(_ direction: Direction, _ wake: Wake) {
        end(wake) { _ in
            direction == .reading
        } writingIf: { _ in
            direction == .writing
        }
    }

    mutating func end(id: UInt64, _ wake: Wake) {
        end(wake) {
            $0.id == id
        } writingIf: {
            $0.id == id
        }
    }

    mutating func endAll(dueAt now: ContinuousClock.Instant) {
        end(.deadline) {
            $0.deadline <= now
        } writingIf: {
            $0.deadline <= now
        }
    }

    mutating func endAll(_ wake: Wake) {
        end(wake) { _ in
            true
        } writingIf: { _ in
            true
        }
    }

    private mutating func end(_ wake: Wake, readingIf: (Wait) -> Bool, writingIf: (Wait) -> Bool) {
        if let wait = reading, readingIf(wait) {
            reading = nil
            wait.continuation.resume(returning: wake)
        }
        if let wait = writing, writingIf(wait) {
            writing = nil
            wait.continuation.resume(returning: wake)
        }
    }
}
