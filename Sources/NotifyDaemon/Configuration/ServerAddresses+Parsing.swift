extension SMTPURL {
    init(_ text: String) throws(InvalidValue) {
        let url = try URLParts(text)
        guard ["smtp", "smtps"].contains(url.scheme) else {
            throw InvalidValue("its scheme is not smtp:// or smtps://")
        }
        guard url.username == nil else {
            throw InvalidValue("it has a user name; username and password are keys of their own beside the URL")
        }
        guard url.path.isEmpty || url.path == "/", url.query.isEmpty else {
            throw InvalidValue("it has a path or a query")
        }
        guard url.hosts.count == 1, HostName.isWellFormed(url.hosts[0].name) else {
            throw InvalidValue("it has no well-formed host")
        }
        let usesTLS = url.scheme == "smtps"
        self.init(usesTLS: usesTLS, host: url.hosts[0].name, port: url.hosts[0].port ?? (usesTLS ? 465 : 25))
    }
}

extension ListenAddress {
    /// `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`; `:9464` is every address.
    init(_ text: String) throws(InvalidValue) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { throw InvalidValue() }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard HostName.isIPv6(host) else { throw InvalidValue() }
        } else if host.contains(":") {
            throw InvalidValue("an IPv6 address stands in brackets")
        }
        guard host.isEmpty || HostName.isWellFormed(host) else { throw InvalidValue() }
        self.init(host: host.isEmpty ? "0.0.0.0" : host, port: port)
    }
}
