/// Why something with the broker did not work: one line that a person can act on, without any secret.
public struct BrokerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Open set of kinds.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The URL or another setting cannot be right.
        public static let configuration = Code(rawValue: "configuration")
        /// No connection: name, route, port.
        public static let connect = Code(rawValue: "connect")
        public static let tls = Code(rawValue: "tls")
        /// User, password or virtual host were refused.
        public static let login = Code(rawValue: "login")
        public static let timeout = Code(rawValue: "timeout")
        /// Nothing was heard, or nothing could be written, for two heartbeats.
        public static let heartbeat = Code(rawValue: "heartbeat")
        /// The broker closed the channel or the connection and said why.
        public static let closedByBroker = Code(rawValue: "closed_by_broker")
        /// The connection ended without a word.
        public static let connectionLost = Code(rawValue: "connection_lost")
        /// The broker ended a consumer.
        public static let cancelled = Code(rawValue: "cancelled")
        /// Frames that AMQP 0-9-1 does not allow at their place.
        public static let `protocol` = Code(rawValue: "protocol")
        /// Something that must exist does not (404), or may not be touched (403, 405).
        public static let topology = Code(rawValue: "topology")
        /// A mandatory message that no queue is bound for came back.
        public static let returned = Code(rawValue: "returned")
        /// The broker refused a message by `basic.nack`.
        public static let refused = Code(rawValue: "refused")
        /// `close()` came first.
        public static let closed = Code(rawValue: "closed")
    }

    public var code: Code
    public var message: String
    /// AMQP's reply code (AMQP 0-9-1 §1.2: 403, 404, 406, 320 …) where the broker gave one.
    public var replyCode: Int?

    public init(_ code: Code, _ message: String, replyCode: Int? = nil) {
        self.code = code
        self.message = message
        self.replyCode = replyCode
    }

    public var description: String { message }

    /// The broker is there and said no to what it was asked for: a login or an exchange or queue that this user may not
    /// touch (403), something that does not exist (404), a virtual host that is missing or not this user's (530).
    ///
    /// Anything else it ends a login with, such as its own shutdown (320), passes.
    public var isRefusal: Bool {
        guard let replyCode else { return code == .login }
        return [403, 404, 530].contains(replyCode)
    }
}
