/// Takes host and port out of a base URL for span attributes, and makes path segments; nothing more.
enum URLHost {
    /// - Returns: nil for what is not there; the scheme's own port where the URL names none.
    static func split(_ url: String) -> (host: String?, port: Int?) {
        guard let schemeEnd = url.firstIndex(of: ":"), url[schemeEnd...].hasPrefix("://") else { return (nil, nil) }
        let defaultPort =
            switch url[..<schemeEnd].lowercased() {
            case "http": 80
            case "smtp": 25
            case "smtps": 465
            default: 443
            }
        let afterScheme = url[url.index(schemeEnd, offsetBy: 3)...]
        var authority = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        guard !authority.isEmpty else { return (nil, nil) }
        if authority.first == "[", let end = authority.firstIndex(of: "]") {
            let port = authority[authority.index(after: end)...].dropFirst()
            return (String(authority[authority.index(after: authority.startIndex)..<end]), Int(port) ?? defaultPort)
        }
        guard let colon = authority.lastIndex(of: ":") else { return (String(authority), defaultPort) }
        return (String(authority[..<colon]), Int(authority[authority.index(after: colon)...]) ?? defaultPort)
    }

    /// Only what an account's id is made of, so that it cannot change the path.
    static func pathSegment(_ text: String) -> String {
        String(decoding: FormEncoding.encode([(name: text, value: "")]).dropLast(), as: UTF8.self)
    }
}
