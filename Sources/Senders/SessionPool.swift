/// Decides which message gets which SMTP session, and when one is opened or closed. A pure value: ids in, decisions out.
///
/// Sessions are opened on demand up to the limit, kept while they are used, and handed out newest first, so that those a
/// lull does not need grow idle and are closed. Who finds none waits in line.
struct SessionPool: Sendable, Equatable {
    struct SessionID: Hashable, Sendable {
        let number: UInt64
    }

    struct WaiterID: Hashable, Sendable {
        let number: UInt64
    }

    struct Limits: Sendable, Equatable {
        /// At most this many sessions, at least 1.
        var sessions: Int
        /// An unused session is closed after this time.
        var idle: Duration
        /// How long the limit stays halved after the server refused a session.
        var restraint: Duration
        /// Who comes when this many wait already is turned away.
        var waiters: Int
    }

    enum Grant: Equatable {
        /// One that served before: the server may have closed it since.
        case kept(SessionID)
        /// Open it; where that fails, `discard` it.
        case open(SessionID)
    }

    enum Decision: Equatable {
        case grant(WaiterID, Grant)
        case turnAway(WaiterID)
        case close(SessionID)
    }

    enum Demand: Equatable {
        case any
        /// After a kept session turned out to be dead: an idle one gives way where the limit is reached.
        case fresh
    }

    private struct Waiter: Equatable {
        let id: WaiterID
        let demand: Demand
    }

    private struct Idle: Equatable {
        let id: SessionID
        let since: ContinuousClock.Instant
    }

    private let limits: Limits
    /// Busy and being opened: each with the limit's generation when it was granted.
    private var uses: [SessionID: UInt64] = [:]
    /// Those of them that are being opened: the server has not accepted them yet.
    private var opening: Set<SessionID> = []
    /// Oldest first.
    private var idle: [Idle] = []
    private var waiters: [Waiter] = []
    private var nextSession: UInt64 = 0
    private var restrainedLimit: Int?
    private var restrainedUntil: ContinuousClock.Instant?
    /// The server takes no session at all.
    private var isOut = false
    /// Counts the halvings: a burst of refusals, all of sessions granted before the first of them, halves once.
    private var generation: UInt64 = 0
    private var isShutDown = false

    init(limits: Limits) {
        self.limits = limits
    }

    /// Open, being opened and idle ones.
    var count: Int { uses.count + idle.count }
    var waiting: Int { waiters.count }

    /// Whether a session beside this one is open or being opened.
    func hasOthers(than id: SessionID) -> Bool {
        count > (uses[id] == nil ? 0 : 1)
    }

    func limit(now: ContinuousClock.Instant) -> Int {
        guard let restrainedLimit, let restrainedUntil, now < restrainedUntil else { return max(1, limits.sessions) }
        return restrainedLimit
    }

    /// - Parameter isReturning: had a session that was of no use, so goes to the head of the line: its turn it has had.
    mutating func acquire(
        _ id: WaiterID,
        _ demand: Demand,
        isReturning: Bool = false,
        now: ContinuousClock.Instant
    ) -> [Decision] {
        guard !isShutDown, waiters.count < limits.waiters else { return [.turnAway(id)] }
        waiters.insert(Waiter(id: id, demand: demand), at: isReturning ? 0 : waiters.count)
        return serve(now: now)
    }

    /// The waiter went away by itself.
    mutating func withdraw(_ id: WaiterID) {
        waiters.removeAll { $0.id == id }
    }

    /// The session's transaction is over and left it clean.
    mutating func release(_ id: SessionID, now: ContinuousClock.Instant) -> [Decision] {
        guard uses.removeValue(forKey: id) != nil else { return [] }
        opening.remove(id)
        // One that works is not given up for one of which nobody knows whether the server takes it.
        if isShutDown || count - opening.count >= limit(now: now) { return [.close(id)] + serve(now: now) }
        if let first = waiters.first, first.demand == .any {
            waiters.removeFirst()
            uses[id] = generation
            return [.grant(first.id, .kept(id))] + serve(now: now)
        }
        idle.append(Idle(id: id, since: now))
        return serve(now: now)
    }

    /// The session is closed already, or could not be opened.
    /// - Parameter wasRefused: the server wants fewer sessions (421, 4.3.2): it said so at the door, or in answer to the
    ///   first command of a session that was just opened.
    mutating func discard(_ id: SessionID, wasRefused: Bool = false, now: ContinuousClock.Instant) -> [Decision] {
        if wasRefused, uses[id] == generation, hasOthers(than: id) { restrain(now: now) }
        uses[id] = nil
        opening.remove(id)
        return serve(now: now)
    }

    /// Not even a session without others could be opened: what the limit was lowered for was an outage.
    mutating func failedAlone() {
        isOut = true
    }

    /// A session was opened. After an outage the limit is what it was: how many the server takes is not known yet.
    mutating func opened(_ id: SessionID) {
        opening.remove(id)
        guard isOut else { return }
        isOut = false
        restrainedLimit = nil
        restrainedUntil = nil
    }

    /// Closes what was idle for too long.
    mutating func expire(now: ContinuousClock.Instant) -> [Decision] {
        let expired = idle.prefix { $0.since.duration(to: now) >= limits.idle }
        idle.removeFirst(expired.count)
        return expired.map { .close($0.id) }
    }

    /// When `expire` should be called next; nil while nothing is idle.
    var nextExpiry: ContinuousClock.Instant? {
        idle.first.map { $0.since.advanced(by: limits.idle) }
    }

    /// Turns all away who wait or come; busy sessions are closed as they are released.
    mutating func shutDown() -> [Decision] {
        isShutDown = true
        defer {
            waiters = []
            idle = []
        }
        return waiters.map { .turnAway($0.id) } + idle.map { .close($0.id) }
    }

    private mutating func restrain(now: ContinuousClock.Instant) {
        restrainedLimit = max(1, limit(now: now) / 2)
        restrainedUntil = now.advanced(by: limits.restraint)
        generation += 1
    }

    private mutating func serve(now: ContinuousClock.Instant) -> [Decision] {
        var decisions: [Decision] = []
        while let first = waiters.first {
            if first.demand == .any, let newest = idle.popLast() {
                uses[newest.id] = generation
                decisions.append(.grant(first.id, .kept(newest.id)))
            } else {
                if count >= limit(now: now) {
                    guard !idle.isEmpty else { break }
                    decisions.append(.close(idle.removeFirst().id))
                    // Above a limit that was halved meanwhile, more than one has to go.
                    if count >= limit(now: now) { continue }
                }
                nextSession += 1
                let id = SessionID(number: nextSession)
                uses[id] = generation
                opening.insert(id)
                decisions.append(.grant(first.id, .open(id)))
            }
            waiters.removeFirst()
        }
        return decisions
    }
}
