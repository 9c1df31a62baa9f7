/// Everything the Twilio provider is told: `twilio.*` and `send.timeout`.
public struct TwilioSenderConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// Whom a message comes from.
    public enum Origin: Sendable, Equatable {
        /// A number in E.164 form, a short code or an alphanumeric sender.
        case from(String)
        case messagingService(sid: String)
    }

    public var name: String
    public var accountSID: String
    public var authToken: String
    public var origin: Origin
    /// Without a slash at its end.
    public var baseURL: String
    /// The whole exchange.
    public var sendTimeout: Duration
    /// Messages a second; nil: no limit.
    public var rate: Double?
    /// PEM file of the only authorities to trust; nil: the system's.
    public var caFile: String?

    public init(
        name: String = "twilio",
        accountSID: String,
        authToken: String,
        origin: Origin,
        baseURL: String = "https://api.twilio.com",
        sendTimeout: Duration = .seconds(30),
        rate: Double? = nil,
        caFile: String? = nil
    ) {
        self.name = name
        self.accountSID = accountSID
        self.authToken = authToken
        self.origin = origin
        var base = baseURL
        while base.hasSuffix("/") { base.removeLast() }
        self.baseURL = base
        self.sendTimeout = sendTimeout
        self.rate = rate
        self.caFile = caFile
    }

    /// For the rate. The exchange gets the other half at least: it is not to fail for the time that we kept the message
    /// waiting.
    var longestWait: Duration { sendTimeout / 2 }

    public var description: String { "\(name) at \(baseURL)" }
    public var debugDescription: String { description }
}
