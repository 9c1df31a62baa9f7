import CPostgres

/// Owns a `PGconn`, and frees it exactly once.
///
/// Touched from the reactor alone, where its owner (`ConnectAttempt`, then `DatabaseConnection`) is isolated; libpq
/// itself allows one thread at a time for a connection.
final class ConnectionHandle: @unchecked Sendable {
    private var connection: OpaquePointer?

    init(_ connection: OpaquePointer) {
        self.connection = connection
        // libpq would print the server's notices to standard error; what matters of them comes as an error as well.
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
    }

    /// nil after `finish()`; libpq's functions take that and report a bad connection.
    var pointer: OpaquePointer? { connection }

    /// libpq's last words about the connection, one line.
    var lastError: String {
        guard let connection, let message = PQerrorMessage(connection) else { return "the connection is closed" }
        return String(cString: message).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    func finish() {
        PQfinish(connection)
        connection = nil
    }

    deinit {
        PQfinish(connection)
    }
}
