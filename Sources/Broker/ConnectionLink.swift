import AMQPShim
import Reactor

/// A finished connection as it lives on the reactor: frames in without waiting, frames out when there is room.
///
/// Belongs to one actor on the reactor and is used there only.
final class ConnectionLink {
    let connection: AMQPConnection
    private let source: DescriptorSource
    private let watchdog: WriteWatchdog
    private let now: @Sendable () -> ContinuousClock.Instant
    private var outgoing: [OutgoingFrame] = []
    /// How many of `outgoing` are written: removing them one by one would move the rest each time.
    private var written = 0
    private var heartbeat: HeartbeatMonitor?
    private var heartbeatTimer: ReactorTimer?
    /// The broker said `connection.blocked`.
    var isBlocked = false

    /// Frames taken in one turn; what is left comes in the next, after timers and other engines had theirs.
    static let framesPerTurn = 2048

    /// - Parameters:
    ///   - onReady: called on the reactor when there is something to read or room to write: call `read` and `flush`.
    ///   - onTick: called on the reactor twice a heartbeat: call `tick`.
    /// - Returns: nil when the process has no descriptor left to watch it with.
    init?(
        connection: AMQPConnection,
        reactor: Reactor,
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        onReady: @escaping @Sendable () -> Void,
        onTick: @escaping @Sendable () -> Void
    ) {
        guard
            let source = DescriptorSource(
                descriptor: connection.descriptor,
                reactor: reactor,
                onReadable: onReady,
                onWritable: onReady
            ),
            let watchdog = WriteWatchdog(descriptor: connection.descriptor)
        else { return nil }
        self.connection = connection
        self.source = source
        self.watchdog = watchdog
        self.now = now
        let seconds = Int(connection.heartbeatSeconds)
        if seconds > 0 {
            let interval = Duration.seconds(seconds)
            heartbeat = HeartbeatMonitor(interval: interval, now: now())
            heartbeatTimer = reactor.schedule(every: interval / 2, onTick)
        }
        source.watchReading(true)
    }

    /// Everything handed to `send(_:)` was written.
    var isDrained: Bool { outgoing.isEmpty }

    /// Queues a frame; `flush` writes it.
    func send(_ frame: OutgoingFrame) {
        outgoing.append(frame)
        if case .publish(let message) = frame { outgoing += OutgoingFrame.content(of: message) }
    }

    /// Hands over the frames that are there, at most `framesPerTurn`.
    /// - Returns: true when there may be more.
    func read(_ take: (AMQPFrame) throws(BrokerError) -> Void) throws(BrokerError) -> Bool {
        if connection.isReadable { heartbeat?.received(now: now()) }
        for _ in 0..<Self.framesPerTurn {
            guard let frame = try connection.pull() else { return false }
            try take(frame)
        }
        return true
    }

    /// Writes what waits, as far as there is room, and watches for more room if there was not enough.
    func flush() throws(BrokerError) {
        guard !outgoing.isEmpty else { return }
        watchdog.beginWriting()
        defer { watchdog.endWriting() }
        let first = written
        while written < outgoing.count {
            let result = outgoing[written].write(to: connection)
            if result.outcome == AMQP_SHIM_WOULD_BLOCK { break }
            guard result.isOK else { throw result.error("connection lost", at: connection.node) }
            written += 1
        }
        if written > first { heartbeat?.wrote(now: now()) }
        if written == outgoing.count {
            outgoing.removeAll(keepingCapacity: outgoing.count <= 1024)
            written = 0
        } else if written >= 4096 {
            outgoing.removeFirst(written)
            written = 0
        }
        source.watchWriting(!outgoing.isEmpty)
    }

    /// Sends a heartbeat where one is due.
    /// - Throws: `heartbeat` when the broker is silent or deaf for two intervals.
    func tick() throws(BrokerError) {
        if connection.isReadable { heartbeat?.received(now: now()) }
        switch heartbeat?.check(now: now(), isBlocked: isBlocked) {
        case nil, .fine:
            break
        case .sendHeartbeat:
            if outgoing.isEmpty { send(.heartbeat) }
            try flush()
        case .lost(let reason):
            throw BrokerError(.heartbeat, "\(connection.node): connection lost: \(reason)")
        }
    }

    /// Ends the watches; the connection closes with its last reference.
    func cancel() {
        heartbeatTimer?.cancel()
        source.cancel()
    }
}
