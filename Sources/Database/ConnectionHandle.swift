import CPostgres
import Dispatch
import Reactor

/// Owns a `PGconn`, and frees it exactly once.
///
/// Unchecked, because its use moves from queue to queue and is never shared; libpq allows one thread at a time for a
/// connection. The reactor, where its owner (`ConnectAttempt`, then `DatabaseConnection`) is isolated, hands it to another
/// thread for a step of connecting, and gets it back through its queue. Meanwhile the owner may only `finish()` it, which
/// leaves the connection itself alone until it is back.
final class ConnectionHandle: @unchecked Sendable {
    private var connection: OpaquePointer?
    private var isConnecting = false
    private var isFinished = false

    init(_ connection: OpaquePointer) {
        self.connection = connection
        // libpq would print the server's notices to standard error; what matters of them comes as an error as well.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
    }

    /// Lets libpq take its next step of connecting, off the reactor: a log-in by password costs 4,096 rounds of HMAC
    /// (SCRAM, RFC 7677), TLS its handshake, and nobody else is to wait for that. Call nothing but `finish()` meanwhile.
    ///
    /// - Parameter done: called on the reactor, not after `finish()`.
    func goOnConnecting(_ reactor: Reactor, _ done: @escaping @Sendable (PostgresPollingStatusType) -> Void) {
        isConnecting = true
        DispatchQueue.global().async { [self] in
            let status = PQconnectPoll(connection)
            reactor.queue.async { [self] in
                isConnecting = false
                if isFinished { finish() } else { done(status) }
            }
        }
    }

    /// nil after `finish()`; libpq's functions take that and report a bad connection.
    var pointer: OpaquePointer? { connection }

    /// libpq's last words about the connection, one line.
    var lastError: String {
        guard let connection, let message = PQerrorMessage(connection) else { return "the connection is closed" }
        return String(cString: message).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    func finish() {
        isFinished = true
        guard !isConnecting else { return }
        PQfinish(connection)
        connection = nil
    }

    deinit {
        PQfinish(connection)
    }
}
