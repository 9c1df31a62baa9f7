import Pipeline
import Transfer

/// One attempt's result and what the audit log, the span and the metrics say about it; nothing personal.
public struct SendReport: Sendable, Equatable {
    public var result: DeliveryVerdict
    /// What the attempt says of the provider, for its breaker.
    public var standing: ProviderStanding
    /// The configured name of the provider: `smtp`, `twilio`, `file`, …
    public var provider: String
    /// Look-up, connect and TLS are 0 on a kept connection; `total` is the whole attempt, waiting included.
    public var timings: TransferTimings
    public var serverAddress: String?
    public var serverPort: Int?
    /// The reply code that decided, where a server gave one.
    public var smtpStatus: Int?
    public var httpStatus: Int?
    public var httpMethod: String?
    /// The path with placeholders: the real one holds the account's id.
    public var urlTemplate: String?

    /// - Parameter standing: nil: the usual one of such a result.
    public init(
        result: DeliveryVerdict,
        standing: ProviderStanding? = nil,
        provider: String,
        timings: TransferTimings,
        serverAddress: String? = nil,
        serverPort: Int? = nil,
        smtpStatus: Int? = nil,
        httpStatus: Int? = nil,
        httpMethod: String? = nil,
        urlTemplate: String? = nil
    ) {
        self.result = result
        self.standing = standing ?? .usual(of: result)
        self.provider = provider
        self.timings = timings
        self.serverAddress = serverAddress
        self.serverPort = serverPort
        self.smtpStatus = smtpStatus
        self.httpStatus = httpStatus
        self.httpMethod = httpMethod
        self.urlTemplate = urlTemplate
    }
}
