import Transfer

/// Everything an SMTP provider is told: `smtp.*` or `smtp.NAME.*`, `email.*` and `send.timeout`.
public struct SMTPSenderConfiguration: Sendable {
    /// `smtp`, or the name of a further provider.
    public var name: String
    /// Its `connectTimeout` is not used: each attempt's own time decides.
    public var server: MailSessionRequest
    public var from: Mailbox
    public var replyTo: Mailbox?
    /// MAIL FROM; nil: the address of `from`.
    public var envelopeFrom: Mailbox?
    /// Sessions at most, at least 1.
    public var connections: Int
    /// An attempt up to its last byte, connect included; half of it at most waits for the rate and a session.
    public var sendTimeout: Duration
    /// After the last byte (RFC 5321 §4.5.3.2.6).
    public var answerTimeout: Duration
    /// Messages a second; nil: no limit.
    public var rate: Double?
    /// An unused session is closed after this time.
    public var idleTimeout: Duration
    /// How long the number of sessions stays halved after the server refused one.
    public var restraint: Duration
    /// More messages than this do not wait for a session: they are `throttled`.
    public var maximumWaiting: Int

    public init(
        name: String = "smtp",
        server: MailSessionRequest,
        from: Mailbox,
        replyTo: Mailbox? = nil,
        envelopeFrom: Mailbox? = nil,
        connections: Int = 64,
        sendTimeout: Duration = .seconds(30),
        answerTimeout: Duration = .seconds(600),
        rate: Double? = nil,
        idleTimeout: Duration = .seconds(30),
        restraint: Duration = .seconds(300),
        maximumWaiting: Int = 4096
    ) {
        self.name = name
        self.server = server
        self.from = from
        self.replyTo = replyTo
        self.envelopeFrom = envelopeFrom
        self.connections = connections
        self.sendTimeout = sendTimeout
        self.answerTimeout = answerTimeout
        self.rate = rate
        self.idleTimeout = idleTimeout
        self.restraint = restraint
        self.maximumWaiting = maximumWaiting
    }

    /// For the rate and for a session together. The server gets the other half at least: it is not to fail for the time
    /// that we kept the message waiting.
    var longestWait: Duration { sendTimeout / 2 }

    var poolLimits: SessionPool.Limits {
        SessionPool.Limits(sessions: connections, idle: idleTimeout, restraint: restraint, waiters: maximumWaiting)
    }
}
