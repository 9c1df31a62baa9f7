/// Why a transfer or an SMTP session gave no usable answer, and what is known to have left before it failed.
public struct TransferFailure: Error, Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// The name could not be looked up.
        case dns
        /// No TCP connection: refused, unreachable.
        case connect
        /// TLS handshake or certificate check failed, or required TLS was not offered.
        case tls
        /// The server refused the credentials, or offers no way to log in; `smtpReply` where it said so.
        case login
        /// The SMTP server answered greeting, EHLO or STARTTLS with 4xx or 5xx; `smtpReply` holds it.
        case refused
        /// The deadline passed; `sentBodyBytes` tells whether the outcome is open.
        case timeout
        /// The request went out (its first body byte, or a request without body), and no answer came, or the
        /// transfer was cancelled after that.
        case noAnswer
        /// What came back is no answer by the protocol's rules, is too long, or broke off after it began.
        case badAnswer
        /// The peer closed the connection before the request went out, or closed the SMTP session.
        case closed
        /// The task was cancelled or the engine shut down before the request's first body byte.
        case cancelled
        /// The request itself is not one that can be sent: URL, header, file.
        case configuration
    }

    /// An SMTP reply (RFC 5321 §4.2); the texts of several lines are joined by a space.
    public struct ServerReply: Sendable, Equatable {
        public var code: Int
        public var text: String

        public init(code: Int, text: String) {
            self.code = code
            self.text = text
        }
    }

    public var kind: Kind
    /// One line for a person; no credentials, no body.
    public var detail: String
    /// The server's last reply where a session could not be opened; nil when it never replied.
    public var smtpReply: ServerReply?
    /// Status of an HTTP answer that began and then broke.
    public var httpStatus: Int?
    /// Whether the kernel took at least one byte of the body (of `MailSession.write`'s bytes).
    public var sentBodyBytes: Bool
    /// How many bytes of the body (of `MailSession.write`'s bytes) the kernel took.
    public var sentBytes: Int
    public var timings: TransferTimings

    public init(
        kind: Kind,
        detail: String,
        smtpReply: ServerReply? = nil,
        httpStatus: Int? = nil,
        sentBytes: Int = 0,
        timings: TransferTimings = .zero
    ) {
        self.kind = kind
        self.detail = detail
        self.smtpReply = smtpReply
        self.httpStatus = httpStatus
        self.sentBodyBytes = sentBytes > 0
        self.sentBytes = sentBytes
        self.timings = timings
    }
}

extension TransferFailure: CustomStringConvertible {
    public var description: String {
        guard let smtpReply else { return "\(kind.rawValue): \(detail)" }
        return "\(kind.rawValue): \(detail) (server said \(smtpReply.code) \(smtpReply.text))"
    }
}
