/// Who is in which stage since when, and who should have left it: a value that needs no clock of its own.
struct StageTable: Sendable {
    /// Something that does not advance.
    struct Stuck: Sendable, Equatable {
        let stage: Stage
        /// For how long it has been there.
        let duration: Duration
    }

    private struct Stay {
        var stage: Stage
        var since: SuspendingClock.Instant
    }

    private let limits: StageLimits
    private var stays: [StageKey: Stay] = [:]
    /// When waiting was the servers' fault last.
    private var lastAbsence: SuspendingClock.Instant?

    init(limits: StageLimits) {
        self.limits = limits
    }

    var isEmpty: Bool { stays.isEmpty }

    mutating func enter(_ stage: Stage, _ key: StageKey, now: SuspendingClock.Instant) {
        stays[key] = Stay(stage: stage, since: now)
    }

    mutating func leave(_ key: StageKey) {
        stays[key] = nil
    }

    /// Postgres is away, or answers with errors: every wait begins anew when it is back.
    mutating func databaseIsAbsent(now: SuspendingClock.Instant) {
        lastAbsence = now
    }

    /// - Returns: the one that has been over its limit for the longest time.
    func stuck(now: SuspendingClock.Instant) -> Stuck? {
        var worst: (excess: Duration, stuck: Stuck)?
        for stay in stays.values {
            guard let limit = limits.limit(of: stay.stage) else { continue }
            let begin = max(stay.since, lastAbsence ?? stay.since)
            let excess = begin.duration(to: now) - limit
            guard excess > .zero, excess > worst?.excess ?? .zero else { continue }
            worst = (excess, Stuck(stage: stay.stage, duration: stay.since.duration(to: now)))
        }
        return worst?.stuck
    }
}
