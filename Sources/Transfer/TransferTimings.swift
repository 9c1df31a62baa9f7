/// How long each phase of one transfer took; zero where the phase did not happen.
///
/// On a kept connection or session `dns`, `connect` and `tls` are zero.
public struct TransferTimings: Sendable, Equatable {
    /// Name look-up.
    public var dns: Duration
    /// TCP handshake, after the look-up.
    public var connect: Duration
    /// TLS handshake, after the TCP handshake (after the server's go-ahead to STARTTLS).
    public var tls: Duration
    /// From the start to the last byte of the answer, or to the failure.
    public var total: Duration

    public static let zero = TransferTimings()

    public init(dns: Duration = .zero, connect: Duration = .zero, tls: Duration = .zero, total: Duration = .zero) {
        self.dns = dns
        self.connect = connect
        self.tls = tls
        self.total = total
    }
}
