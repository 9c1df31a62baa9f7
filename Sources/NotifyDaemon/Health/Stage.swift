/// Where a message can be on its way, as far as waiting there says something about us.
enum Stage: String, Sendable {
    /// Received and not yet told apart from what was seen before.
    case receive
    case claim
    /// For its turn: behind an equal event, a provider that is away or full, or in quarantine.
    case wait
    case send
    case settle
    /// Parked notifications are looked for.
    case poll
}

/// How long a stage may take before it is stuck: longer than every timeout within it.
struct StageLimits: Sendable, Equatable {
    /// One exchange with Postgres, and noticing that it does not answer.
    var database: Duration
    /// One send: up to its last byte, and the answer.
    var send: Duration

    /// So much later than the timeouts within it a stage is called stuck.
    static let allowance = Duration.seconds(15)

    /// - Returns: nil where waiting has no bound of ours.
    func limit(of stage: Stage) -> Duration? {
        switch stage {
        case .receive, .claim, .settle, .poll: database
        case .send: send
        case .wait: nil
        }
    }
}

/// What entered a stage and has to leave it again.
struct StageKey: Hashable, Sendable {
    /// The passage's number; 0 is the search for parked notifications.
    var passage: UInt64
    /// The notification's place in its event; nil for the event as a whole.
    var place: Int?

    static let poller = StageKey(passage: 0, place: nil)
}
