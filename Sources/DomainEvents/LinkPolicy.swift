/// Where links taken from events may point to, and how a password reset's link is made of its token.
public struct LinkPolicy: Sendable, Equatable {
    /// Allowed hosts, lower case, without port; nil is any.
    public var hosts: Set<String>?
    /// `https://app.example.com/reset?token={token}`; nil where only `resetUrl` is understood.
    public var passwordReset: String?

    public init(hosts: [String]? = nil, passwordReset: String? = nil) {
        self.hosts = hosts.map { Set($0.map { $0.lowercased() }) }
        self.passwordReset = passwordReset
    }

    /// Any host, no template.
    public static let any = LinkPolicy()

    /// Why a link is refused; nil where it may be shown.
    ///
    /// `link.host` for a link that is one and points where it must not (not https, a user name before the host, a host that
    /// is not listed), `shape.invalid` for what is no link. The messages never repeat the link: it may be a secret.
    func problem(with link: String) -> (code: ErrorCode, message: String)? {
        guard link.utf8.count <= 2048, link.unicodeScalars.allSatisfy(Self.mayStandInLink),
            let colon = link.utf8.firstIndex(of: ASCII.colon), Self.isScheme(link.utf8[..<colon])
        else { return (.shapeInvalid, "is not an absolute link of at most 2048 bytes") }
        guard link[..<colon].lowercased() == "https" else { return (.linkHost, "is not an https link") }

        let afterScheme = link[link.utf8.index(after: colon)...]
        guard afterScheme.hasPrefix("//") else { return (.linkHost, "names no host") }
        let authority = afterScheme.dropFirst(2).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else { return (.linkHost, "has a user name before its host") }
        guard let host = Self.host(of: authority) else { return (.linkHost, "has no valid host") }
        guard hosts?.contains(host) ?? true else {
            return (.linkHost, "points to a host that links.hosts does not list")
        }
        return nil
    }

    /// The password reset's link for a token, or nil where no template is set.
    ///
    /// The token is percent-encoded but for RFC 3986's unreserved characters, so that it can neither end the parameter it
    /// stands in nor reach the host.
    public func passwordResetLink(token: String) -> String? {
        guard let passwordReset else { return nil }
        return passwordReset.replacing("{token}", with: Self.percentEncoded(token))
    }

    static func percentEncoded(_ text: String) -> String {
        var encoded = ""
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if ASCII.isAlphanumeric(byte) || unreserved.contains(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                encoded += hex.utf8.count == 1 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return encoded
    }

    private static let unreserved = Set("-._~".utf8)

    /// No blank, control, bidirectional or invisible character, and none that ends a link or that browsers repair
    /// (`\` becomes `/` there, which moves the host).
    private static func mayStandInLink(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return scalar.value > 0x20 && scalar.value != 0x7F && !forbidden.contains(scalar)
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default:
            return true
        }
    }

    private static let forbidden: Set<Unicode.Scalar> = ["\"", "<", ">", "\\", "^", "`", "{", "|", "}"]

    private static func isScheme(_ scheme: Substring.UTF8View) -> Bool {
        guard let first = scheme.first, ASCII.isLetter(first) else { return false }
        return scheme.allSatisfy {
            ASCII.isAlphanumeric($0) || $0 == ASCII.plus || $0 == ASCII.hyphen || $0 == ASCII.dot
        }
    }

    /// The host in lower case: a name of letters, digits and hyphens in labels, or an IPv6 literal; a port may follow.
    private static func host(of authority: Substring) -> String? {
        let host: Substring
        let port: Substring
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[...end]
            port = authority[authority.index(after: end)...]
            guard host.dropFirst().dropLast().contains(":"),
                host.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." })
            else { return nil }
        } else {
            host = authority.prefix { $0 != ":" }
            port = authority[host.endIndex...]
            var labels = host.utf8.split(separator: ASCII.dot, omittingEmptySubsequences: false)
            // A name's root dot is another spelling of the same host, which a list of hosts would not match.
            if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
            guard host.utf8.count <= 253, labels.allSatisfy(isLabel) else { return nil }
        }
        guard port.isEmpty || (port.first == ":" && port.utf8.dropFirst().allSatisfy(ASCII.isDigit)) else { return nil }
        let lower = host.lowercased()
        return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }

    /// Letters, digits, hyphens, and the underscore that some internal names have; a Unicode host is written as `xn--…`.
    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        !label.isEmpty
            && label.allSatisfy { ASCII.isAlphanumeric($0) || $0 == ASCII.hyphen || $0 == ASCII.underscore }
    }
}
