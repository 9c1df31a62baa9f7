/// Where and how to open an SMTP session: server, name, security, login.
public struct MailSessionRequest: Sendable {
    /// What to do about STARTTLS on an `smtp://` connection; `smtps://` is TLS from the first byte.
    public enum StartTLS: String, Sendable, CaseIterable {
        /// No TLS, no session.
        case require
        /// When the server offers it; with credentials and a server that is not on loopback, as `require`.
        case auto
        /// Plain text; with credentials on loopback only.
        case never
    }

    /// `smtp://host[:port]` or `smtps://host[:port]`, without user, password and path.
    public var url: String
    /// The name given in EHLO (RFC 5321 §4.1.1.1): a domain or an address literal.
    public var heloName: String
    public var startTLS: StartTLS
    public var username: String?
    public var password: String?
    /// PEM file of the only authorities to trust; nil: the system's.
    public var caFile: String?
    /// Look-up, connect, TLS, EHLO and AUTH together.
    public var connectTimeout: Duration

    public init(
        url: String,
        heloName: String,
        startTLS: StartTLS = .require,
        username: String? = nil,
        password: String? = nil,
        caFile: String? = nil,
        connectTimeout: Duration = .seconds(30)
    ) {
        self.url = url
        self.heloName = heloName
        self.startTLS = startTLS
        self.username = username
        self.password = password
        self.caFile = caFile
        self.connectTimeout = connectTimeout
    }
}

extension MailSessionRequest: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { "\(url) as \(heloName), STARTTLS \(startTLS.rawValue)" }
    public var debugDescription: String { description }
}
