import Database
import Reactor

/// Everything the daemon keeps in Postgres, over a few connections of fixed roles.
///
/// Look-ups, claims and settles have a lane each, so that one kind's commit does not wait behind another's; what is rare
/// shares the fourth.
public struct NotificationStore: Sendable {
    public let contacts: ContactStore
    public let suppressions: SuppressionStore
    public let claims: ClaimStore
    public let settles: SettleStore
    public let attempts: AttemptStore
    public let quarantine: QuarantineStore
    public let parked: ParkedStore
    public let rejections: RejectionStore
    public let anonymous: AnonymousStore
    public let pauses: PauseStore
    public let queries: AuditQueries
    private let lanes: [DatabaseLane]

    /// How many connections there are, each named in the events that `observer` gets.
    public static let laneNames = ["lookup", "claim", "settle", "housekeeping"]

    /// - Parameters:
    ///   - target: of the role that runs; its `search_path` is pinned to the schema.
    ///   - lease: the value of `claim.lease`.
    ///   - observer: called on the reactor with every lane's changes.
    public init(
        target: ConnectionTarget,
        reactor: Reactor,
        lease: Duration,
        grace: TakeOverGrace = TakeOverGrace(),
        timeouts: DatabaseLane.Timeouts = DatabaseLane.Timeouts(),
        observer: @escaping @Sendable (DatabaseEvent) -> Void
    ) {
        let lanes = Self.laneNames.map { name in
            DatabaseLane(name: name, target: target, reactor: reactor, timeouts: timeouts, observer: observer)
        }
        self.lanes = lanes
        contacts = ContactStore(lane: lanes[0], reactor: reactor)
        suppressions = SuppressionStore(lane: lanes[0], reactor: reactor)
        claims = ClaimStore(lane: lanes[1], reactor: reactor, lease: lease, grace: grace)
        settles = SettleStore(lane: lanes[2], reactor: reactor)
        attempts = AttemptStore(lane: lanes[3])
        quarantine = QuarantineStore(lane: lanes[3])
        parked = ParkedStore(lane: lanes[3], lease: lease, grace: grace)
        rejections = RejectionStore(lane: lanes[3])
        anonymous = AnonymousStore(lane: lanes[3], reactor: reactor)
        pauses = PauseStore(lane: lanes[3])
        queries = AuditQueries(lane: lanes[3])
    }

    /// Starts connecting; every store waits for its connection by itself.
    public func start() async {
        for lane in lanes { await lane.start() }
    }

    /// Ends what is under way with `closed` errors.
    public func close() async {
        for lane in lanes { await lane.close() }
    }
}
