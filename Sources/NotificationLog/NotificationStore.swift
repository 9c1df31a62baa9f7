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

    /// Batches bring arrays to tables of any size, and every row is to be found by its index. The planner cannot know how
    /// long an array is, and takes a young table for empty as long as nobody has analysed it: left alone it reads all of
    /// the table for each batch (measured: 0.4 ms an event after 20,000 events, and growing).
    private static let plansOfBatches: KeyValuePairs = [
        "enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off",
        "plan_cache_mode": "force_generic_plan", "jit": "off",
    ]

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
        let batches = target.with(settings: Self.plansOfBatches)
        let lanes = Self.laneNames.map { name in
            DatabaseLane(
                name: name,
                target: name == "housekeeping" ? target : batches,
                reactor: reactor,
                timeouts: timeouts,
                observer: observer
            )
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

    /// Whether all steps of the schema are in place and no others, as far as this role can see; waits for a connection.
    ///
    /// Most starts need no migrator then, whose own connection would cost as long as everything else.
    public func isSchemaCurrent() async -> Bool {
        do throws(DatabaseError) {
            var versions: Set<Int> = []
            for row in try await lanes[3].runUntilCommitted([Statement("SELECT version FROM schema_migration")])[0].rows
            {
                versions.insert(Int(try row.integer(0)))
            }
            return versions == Set(Migration.all.map(\.version))
        } catch {
            return false
        }
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
