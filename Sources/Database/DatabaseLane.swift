import Reactor

/// What a lane tells about its connection, for logs and probes.
public enum DatabaseEvent: Sendable, Equatable {
    case connected(lane: String)
    /// The connection broke; the lane is already trying again.
    case lost(lane: String, reason: DatabaseError)
    /// A try to connect failed; the next one starts after `retry`.
    case waiting(lane: String, reason: DatabaseError, retry: Duration)
}

/// A connection that comes back by itself: one lane of work to Postgres, in order, over as many connections as it takes.
public actor DatabaseLane {
    private let reactor: Reactor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.executor.asUnownedSerialExecutor() }

    private let name: String
    private let target: ConnectionTarget
    private let timeouts: Timeouts
    private let observer: @Sendable (DatabaseEvent) -> Void
    private var connection: DatabaseConnection?
    private var connecting: Task<Void, Never>?
    private var isClosed = false
    private var connections = 0
    private var connectedSince: ContinuousClock.Instant?
    /// Why a connection was lost before it was ours.
    private var stillborn: DatabaseError?
    private var backoff = LaneBackoff()
    private var waiters: [CheckedContinuation<Void, Never>] = []

    public struct Timeouts: Sendable {
        /// Name look-up, connect, TLS and login together.
        public var connect: Duration
        /// One transaction, commit included; longer means that server or network no longer answer.
        public var unit: Duration

        public init(connect: Duration = .seconds(10), unit: Duration = .seconds(30)) {
            self.connect = connect
            self.unit = unit
        }
    }

    /// - Parameter observer: called on the reactor with each change.
    public init(
        name: String,
        target: ConnectionTarget,
        reactor: Reactor,
        timeouts: Timeouts = Timeouts(),
        observer: @escaping @Sendable (DatabaseEvent) -> Void
    ) {
        self.name = name
        self.target = target
        self.reactor = reactor
        self.timeouts = timeouts
        self.observer = observer
    }

    /// Starts connecting, and goes on trying until `close()`.
    public func start() {
        guard connecting == nil, connection == nil, !isClosed else { return }
        connecting = reactor.task { [weak self] in await self?.connectUntilDone() }
    }

    public var isConnected: Bool { connection != nil }

    /// Whether the present connection is not the first: there was an outage in between.
    public var isReconnected: Bool { connections > 1 }

    /// Runs one transaction on the present connection.
    ///
    /// - Throws: a connection failure at once when there is none; the caller decides whether its work may be repeated.
    public func run(_ statements: [Statement]) async throws(DatabaseError) -> [ResultTable] {
        guard let connection else {
            throw isClosed ? closedError : DatabaseError(.connect, "Postgres is not connected")
        }
        return try await connection.run(statements, timeout: timeouts.unit)
    }

    /// Runs one transaction that may safely run twice: over lost connections, deadlocks and serialization failures it
    /// is tried again until it is known to be committed, refused for its own sake, or the lane is closed.
    public func runUntilCommitted(_ statements: [Statement]) async throws(DatabaseError) -> [ResultTable] {
        while true {
            await untilConnected()
            do throws(DatabaseError) {
                return try await run(statements)
            } catch {
                guard error.isConnectionFailure || error.isRetriable else { throw error }
                // A server that answers but refuses (shutting down) must not be asked in a tight circle.
                if error.code == .server { try? await reactor.sleep(for: .milliseconds(50)) }
            }
        }
    }

    /// Waits for a connection; returns at once when there is one, or when the lane is closed.
    public func untilConnected() async {
        while connection == nil, !isClosed {
            await withCheckedContinuation { waiter in
                // Looked at again, since the connection may have come while this task was on its way here.
                if connection == nil, !isClosed { waiters.append(waiter) } else { waiter.resume() }
            }
        }
    }

    public func close() async {
        isClosed = true
        connecting?.cancel()
        resumeWaiters()
        await connection?.close()
        connection = nil
    }

    private var closedError: DatabaseError { DatabaseError(.closed, "the connection to Postgres was closed") }

    private func connectUntilDone() async {
        if let pause = backoff.pause(random: Double.random(in: 0..<1)) { try? await reactor.sleep(for: pause) }
        while !isClosed {
            do throws(DatabaseError) {
                let opened = try await DatabaseConnection.open(
                    target,
                    reactor: reactor,
                    timeout: timeouts.connect,
                    onLost: { [weak self] error in self?.assumeIsolated { $0.lost(error) } }
                )
                do throws(DatabaseError) {
                    _ = try await opened.run([Self.durableCommits], timeout: timeouts.connect)
                    // It may have been lost between the answer and here, and nobody tells of that again.
                    if let stillborn { throw stillborn }
                } catch {
                    await opened.close()
                    stillborn = nil
                    throw error
                }
                return await adopt(opened)
            } catch {
                let delay = backoff.next(random: Double.random(in: 0..<1))
                observer(.waiting(lane: name, reason: error, retry: delay))
                try? await reactor.sleep(for: delay)
            }
        }
    }

    /// A commit that was answered must outlive a crash of the server, and a failover to a synchronous standby: whatever
    /// was confirmed is not sent again. A weaker default (of the server, the database or the role) is raised, a stronger
    /// one stays, and a later change of the server's does not reach the session.
    private static let durableCommits = Statement(
        """
        SELECT set_config('synchronous_commit', CASE WHEN c.setting IN ('off', 'local') THEN 'on' ELSE c.setting END, false)
        FROM current_setting('synchronous_commit') AS c(setting)
        """
    )

    private func adopt(_ opened: DatabaseConnection) async {
        connecting = nil
        guard !isClosed else { return await opened.close() }
        connection = opened
        connectedSince = .now
        connections += 1
        observer(.connected(lane: name))
        resumeWaiters()
    }

    private func lost(_ error: DatabaseError) {
        guard connection != nil else {
            stillborn = error
            return
        }
        connection = nil
        if let connectedSince { backoff.connectionEnded(after: .now - connectedSince) }
        connectedSince = nil
        guard !isClosed else { return }
        observer(.lost(lane: name, reason: error))
        start()
    }

    private func resumeWaiters() {
        let resumed = waiters
        waiters.removeAll()
        for waiter in resumed { waiter.resume() }
    }
}

/// Exponential backoff with full jitter, from 100 ms to 5 s: a database that is back is used within seconds.
struct LaneBackoff: Equatable {
    static let first = Duration.milliseconds(100)
    static let longest = Duration.seconds(5)
    /// A connection that lived this long was a good one; one that did not counts as one more failure: a server that
    /// takes connections and no work is not asked in a tight circle.
    static let provenLifetime = Duration.seconds(5)
    private var ceiling = Self.first
    private var isUnproven = false

    /// - Parameter random: in 0..<1.
    mutating func next(random: Double) -> Duration {
        defer { ceiling = min(ceiling * 2, Self.longest) }
        return ceiling * (0.5 + random / 2)
    }

    /// A connection ended after this time.
    mutating func connectionEnded(after lifetime: Duration) {
        isUnproven = lifetime < Self.provenLifetime
        if !isUnproven { ceiling = Self.first }
    }

    /// How long to wait before the first try after a connection's end; nil: not at all.
    mutating func pause(random: Double) -> Duration? {
        defer { isUnproven = false }
        return isUnproven ? next(random: random) : nil
    }
}
