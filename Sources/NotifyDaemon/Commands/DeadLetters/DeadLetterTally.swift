import NotificationLog

/// What a replay or a drop came to, counted.
struct DeadLetterTally: Equatable {
    /// `replayed` or `dropped`.
    var done: String
    var isDryRun: Bool
    private(set) var count = 0
    private(set) var skipped: [DeadLetterOutcome] = []

    init(done: String, isDryRun: Bool) {
        self.done = done
        self.isDryRun = isDryRun
    }

    mutating func add(_ outcomes: [DeadLetterOutcome]) {
        let left = outcomes.filter { $0.skip != nil }
        skipped += left
        count += outcomes.count - left.count
    }

    /// The last line for people.
    var summary: String {
        let verb = isDryRun ? "would be \(done)" : done
        let reasons = skipped.compactMap(\.skip?.text).reduce(into: [:]) { $0[$1, default: 0] += 1 }
        guard !reasons.isEmpty else { return "\(verb): \(count)" }
        let list = reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key): \($0.value)" }
        return "\(verb): \(count); skipped: \(skipped.count) (\(list.joined(separator: "; ")))"
    }

    /// For the numbers that somebody named and for which nothing was done.
    var failure: String {
        let list = skipped.prefix(10).map { "\($0.id) (\($0.skip?.text ?? ""))" }.joined(separator: ", ")
        let more = skipped.count > 10 ? " and \(skipped.count - 10) more" : ""
        return "not \(done): \(list)\(more); see notifyd dlq list"
    }
}

/// One dead letter's line of `--json`.
struct DeadLetterOutcomeLine: Encodable {
    var id: Int64
    /// `replayed`, `dropped` or `skipped`; what would be with `--dry-run`.
    var outcome: String
    var reason: String?
    var dryRun: Bool

    private enum CodingKeys: String, CodingKey {
        case id, outcome, reason
        case dryRun = "dry_run"
    }

    init(_ result: DeadLetterOutcome, _ tally: DeadLetterTally) {
        id = result.id
        outcome = result.skip == nil ? tally.done : "skipped"
        reason = result.skip?.text
        dryRun = tally.isDryRun
    }
}

extension DeadLetterOutcome.Skip {
    var text: String {
        switch self {
        case .alreadyReplayed: "already replayed"
        case .claimed: "being worked on now"
        case .parked: "parked again"
        case .uncertain: "uncertain, see notifyd uncertain list"
        case .ended(let status): "\(status) meanwhile"
        case .superseded: "its event has other notifications now"
        case .missing: "there is no such dead letter"
        }
    }
}
