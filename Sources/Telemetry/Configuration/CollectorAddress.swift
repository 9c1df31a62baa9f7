/// A collector's `http://` or `https://` URL, as far as it has to be understood here; libcurl reads the rest.
struct CollectorAddress: Equatable {
    let url: String
    /// Lower case, without brackets.
    let host: String
    let isSecure: Bool

    /// - Returns: nil for other schemes, a missing host, user information, and characters that no URL has.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let colon = text.firstIndex(of: ":") else {
            return nil
        }
        let scheme = text[..<colon].lowercased()
        let rest = text[colon...].dropFirst(3)
        guard scheme == "http" || scheme == "https", text[colon...].hasPrefix("://") else { return nil }
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@"), let host = Self.host(authority), !host.isEmpty else { return nil }
        url = text
        self.host = host.lowercased()
        isSecure = scheme == "https"
    }

    private static func host(_ authority: Substring) -> Substring? {
        let end: Substring.Index
        let host: Substring
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            host = authority[..<bracket].dropFirst()
            end = authority.index(after: bracket)
        } else {
            end = authority.firstIndex(of: ":") ?? authority.endIndex
            host = authority[..<end]
        }
        let port = authority[end...]
        if port.isEmpty { return host }
        guard port.hasPrefix(":"), let number = UInt16(port.dropFirst()), number > 0 else { return nil }
        return host
    }

    /// RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3.
    var isLoopback: Bool {
        if host == "localhost" || host.hasSuffix(".localhost") || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The URL with `path` after its own, one slash between.
    func appending(_ path: String) -> String {
        url.hasSuffix("/") ? url + path : url + "/" + path
    }
}
