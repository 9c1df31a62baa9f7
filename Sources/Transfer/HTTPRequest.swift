/// One HTTP/1.1 request over http or https; no redirect is followed and nothing is sent twice.
public struct HTTPRequest: Sendable {
    /// A user name and password for basic authentication that never print.
    public struct Credentials: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
        public var username: String
        public var password: String

        public init(username: String, password: String) {
            self.username = username
            self.password = password
        }

        public var description: String { "***" }
        public var debugDescription: String { "***" }
    }

    /// An HTTP token: `GET`, `POST`, …
    public var method: String
    /// Absolute; http and https only.
    public var url: String
    /// Sent as given, in this order; no CR, LF or NUL. `Content-Type` is the caller's: none is made up.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]?
    /// The whole exchange, connect included.
    public var timeout: Duration
    public var credentials: Credentials?
    /// PEM file of the only authorities to trust; nil: the system's.
    public var caFile: String?
    /// Bytes; a longer answer is `.badAnswer`.
    public var maximumResponseBody: Int

    public init(
        method: String = "POST",
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        timeout: Duration = .seconds(30),
        credentials: Credentials? = nil,
        caFile: String? = nil,
        maximumResponseBody: Int = 1 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.credentials = credentials
        self.caFile = caFile
        self.maximumResponseBody = maximumResponseBody
    }
}
