/// A server's URL taken apart, strictly: scheme, credentials, hosts, path, query.
///
/// Several comma-separated hosts are taken as libpq takes them; users with one server check `hosts.count`.
struct URLParts: Sendable, Equatable {
    struct Host: Sendable, Equatable {
        /// Without brackets; may be empty (libpq: the default).
        var name: String
        var port: Int?
    }

    struct Parameter: Sendable, Equatable {
        var name: String
        var value: String
    }

    /// Lower case.
    var scheme: String
    var username: String?
    var password: String?
    var hosts: [Host]
    /// As written, with its leading slash; empty where there is none.
    var path: String
    var query: [Parameter]

    /// Throws with a detail that never repeats the text, since that may hold a password.
    init(_ text: String) throws(InvalidValue) {
        guard text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
            throw InvalidValue("it has a space, a control or a non-ASCII character; write those as %XX")
        }
        guard let schemeEnd = text.firstRange(of: "://") else {
            throw InvalidValue("it has no scheme://")
        }
        scheme = text[..<schemeEnd.lowerBound].lowercased()
        let rest = text[schemeEnd.upperBound...]
        guard !rest.contains("#") else { throw InvalidValue("it has a '#'; write it as %23") }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let afterAuthority = rest[authority.endIndex...]
        let rawPath = afterAuthority.prefix { $0 != "?" }
        path = String(rawPath)
        query = try Self.parameters(afterAuthority[rawPath.endIndex...].dropFirst())

        var hostText = authority
        if let at = authority.lastIndex(of: "@") {
            hostText = authority[authority.index(after: at)...]
            let userInfo = authority[..<at]
            guard !userInfo.contains("@") else { throw InvalidValue("it has two '@'; write one in a password as %40") }
            let name = userInfo.prefix { $0 != ":" }
            username = try PercentCoding.decode(name)
            if name.endIndex < userInfo.endIndex {
                password = try PercentCoding.decode(userInfo[userInfo.index(after: name.endIndex)...])
            }
        }
        hosts = []
        for part in hostText.split(separator: ",", omittingEmptySubsequences: false) {
            hosts.append(try Self.host(part))
        }
    }

    private static func host(_ text: Substring) throws(InvalidValue) -> Host {
        var name: String
        var portText: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw InvalidValue("a '[' has no ']'") }
            name = String(text[text.index(after: text.startIndex)..<end])
            guard HostName.isIPv6(name) else { throw InvalidValue("what stands in brackets is no IPv6 address") }
            portText = text[text.index(after: end)...]
            guard portText.isEmpty || portText.hasPrefix(":") else {
                throw InvalidValue("only a port may follow an address in brackets")
            }
            portText = portText.dropFirst()
        } else {
            let raw = text.prefix { $0 != ":" }
            name = try PercentCoding.decode(raw)
            portText = text[raw.endIndex...].dropFirst()
        }
        guard !portText.isEmpty else { return Host(name: name, port: nil) }
        guard portText.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(portText),
            (1...65535).contains(port)
        else { throw InvalidValue("its port is not a number from 1 to 65535") }
        return Host(name: name, port: port)
    }

    private static func parameters(_ text: Substring) throws(InvalidValue) -> [Parameter] {
        var parameters: [Parameter] = []
        for part in text.split(separator: "&") {
            let name = part.prefix { $0 != "=" }
            parameters.append(
                Parameter(
                    name: try PercentCoding.decode(name),
                    value: try PercentCoding.decode(part[name.endIndex...].dropFirst())
                )
            )
        }
        return parameters
    }

    /// Parameters of libpq's (PostgreSQL manual, 34.1.2) that hold no secret.
    private static let harmless: Set<String> = [
        "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname",
        "fallback_application_name", "gssencmode", "host", "hostaddr", "keepalives", "keepalives_count",
        "keepalives_idle", "keepalives_interval",
        "load_balance_hosts", "options", "passfile", "port", "require_auth", "sslcert", "sslcrl", "sslcrldir", "sslkey",
        "sslmode", "sslnegotiation", "sslrootcert", "sslsni", "ssl_max_protocol_version", "ssl_min_protocol_version",
        "target_session_attrs", "tcp_user_timeout", "user",
    ]

    /// The URL with passwords as `***`, wherever they can stand: a parameter that nobody knows may be a misspelt one.
    var redacted: String {
        var text = "\(scheme)://"
        if let username {
            text += PercentCoding.encode(username) + (password == nil ? "" : ":***") + "@"
        }
        text += hosts.map { host in
            let name = host.name.contains("/") ? PercentCoding.encode(host.name) : HostName.bracketed(host.name)
            return host.port.map { "\(name):\($0)" } ?? name
        }.joined(separator: ",")
        text += path
        let shown = query.map { parameter in
            let isShown = parameter.value.isEmpty || Self.harmless.contains(parameter.name)
            let value = isShown ? PercentCoding.encode(parameter.value) : "***"
            return "\(PercentCoding.encode(parameter.name))=\(value)"
        }
        return shown.isEmpty ? text : text + "?" + shown.joined(separator: "&")
    }
}
