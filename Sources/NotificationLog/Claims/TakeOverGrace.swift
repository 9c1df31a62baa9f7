import Database

/// How long expired leases are honoured after an outage: an owner who lives has an answer to record first.
public struct TakeOverGrace: Sendable {
    /// Since the server's start.
    public var afterServerStart: Duration
    /// Since this replica's reconnect; a process that has just started has nothing to wait for.
    public var afterReconnect: Duration

    public init(afterServerStart: Duration = .seconds(30), afterReconnect: Duration = .seconds(30)) {
        self.afterServerStart = afterServerStart
        self.afterReconnect = afterReconnect
    }

    /// The two parameters of `ClaimStatements.isFree`, in seconds.
    func parameters(for lane: DatabaseLane) async -> [SQLValue] {
        let sinceConnect = await lane.isReconnected ? afterReconnect : .zero
        return [.double(afterServerStart.seconds), .double(sinceConnect.seconds)]
    }
}
