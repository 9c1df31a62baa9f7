/// Why Postgres, or the way to it, did not do what was asked; one line a person can act on.
///
/// Arguments of statements are in no part of it: they hold addresses and links.
public struct DatabaseError: Error, Sendable, Equatable, CustomStringConvertible {
    public struct Code: RawRepresentable, Sendable, Hashable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The URL or a parameter in it is not understood; retrying does not help.
        public static let configuration = Code(rawValue: "configuration")
        /// A host name did not resolve, or nobody answered there in time, or the server turned us away.
        public static let connect = Code(rawValue: "connect")
        /// An established connection broke; whether an open transaction was committed is not known.
        public static let connectionLost = Code(rawValue: "connection_lost")
        /// No answer within the deadline; the connection is given up, the transaction's fate is not known.
        public static let timeout = Code(rawValue: "timeout")
        /// The server refused a statement; `sqlState` says why and nothing of its transaction was kept.
        public static let server = Code(rawValue: "server")
        /// A value came back in another shape than the caller asked for: schema and program disagree.
        public static let unexpectedResult = Code(rawValue: "unexpected_result")
        /// The connection was closed by us.
        public static let closed = Code(rawValue: "closed")
    }

    public var code: Code
    public var message: String
    /// SQLSTATE of a `server` error, five characters.
    public var sqlState: String?

    public init(_ code: Code, _ message: String, sqlState: String? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
    }

    public var description: String {
        sqlState.map { "\(message) (SQLSTATE \($0))" } ?? message
    }

    /// True when the connection is gone or of no use, so that the same unit of work may be tried on the next one.
    public var isConnectionFailure: Bool {
        switch code {
        case .connect, .connectionLost, .timeout: true
        // 57P01..57P03: the server shuts down, crashed or is starting; 53300: no connection slot left; 25006: it takes
        // no writes, as a standby or the primary of before a failover does.
        case .server:
            sqlState.map { $0.hasPrefix("08") || $0.hasPrefix("57P") || ["53300", "25006"].contains($0) } ?? false
        default: false
        }
    }

    /// True for deadlock and serialization failures, which only need another try (PostgreSQL manual, 13.5).
    public var isRetriable: Bool {
        sqlState == "40P01" || sqlState == "40001"
    }

    /// True for troubles that pass without anybody changing configuration or schema: all but wrong settings, refused
    /// log-ins (28), missing objects or rights (42, 3F) and other features.
    public var isPassing: Bool {
        switch code {
        case .configuration, .unexpectedResult, .closed: false
        case .server: sqlState.map { !["28", "42", "3F", "0A"].contains(String($0.prefix(2))) } ?? true
        default: true
        }
    }

    /// True where a value of the batch itself was refused (classes 22, 23, 54), so that halving finds it.
    public var isCausedByData: Bool {
        guard code == .server, let sqlState else { return false }
        return ["22", "23", "54"].contains(String(sqlState.prefix(2)))
    }
}
