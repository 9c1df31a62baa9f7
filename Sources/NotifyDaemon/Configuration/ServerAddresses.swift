/// `smtp.url`, taken apart.
struct SMTPURL: Sendable, Equatable {
    /// True for `smtps://`: TLS from the first byte.
    var usesTLS: Bool
    var host: String
    var port: Int

    /// The URL as libcurl takes it.
    var text: String { "\(usesTLS ? "smtps" : "smtp")://\(HostName.bracketed(host)):\(port)" }
}

/// Where the probes and metrics are served.
struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// An IPv4 or IPv6 address without brackets, or `localhost`.
    var host: String
    var port: Int

    var description: String { "\(HostName.bracketed(host)):\(port)" }
}
