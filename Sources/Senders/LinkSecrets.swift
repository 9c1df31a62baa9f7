/// Finds what a link in a message gives to whoever has it: filters and relays quote links when they refuse a message.
enum LinkSecrets {
    /// A shorter path segment or query value is a word or a number, not a key.
    private static let shortestToken = 8
    /// A message has one link or two; whoever sends more is not helped by hiding them one by one.
    private static let mostLinks = 8

    /// The path with all that follows of each link, and each long segment or query value alone, since quotes are cut.
    static func all(in text: String) -> [String] {
        var secrets: [String] = []
        var rest = Substring(text).utf8[...]
        for _ in 0..<mostLinks {
            guard let start = firstLink(in: rest) else { break }
            let link = rest[start...].prefix { $0 > 0x20 && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "\"") }
            rest = rest[link.endIndex...]
            guard let path = link.firstIndex(where: { [0x2F, 0x3F, 0x23].contains($0) }) else { continue }
            let tail = link[path...]
            if tail.count >= shortestToken { secrets.append(String(decoding: tail, as: UTF8.self)) }
            for token in tail.split(whereSeparator: isDelimiter) where token.count >= shortestToken {
                secrets.append(String(decoding: token, as: UTF8.self))
            }
        }
        return secrets
    }

    /// Past the `://`.
    private static func firstLink(in text: Substring.UTF8View) -> String.Index? {
        var rest = text
        while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
            let after = rest.index(after: colon)
            if rest[after...].starts(with: "//".utf8) { return rest.index(after, offsetBy: 2) }
            rest = rest[after...]
        }
        return nil
    }

    /// RFC 3986 §2.2: what separates the parts of a path, a query and a fragment.
    private static func isDelimiter(_ byte: UInt8) -> Bool {
        "/?#&=;,.:".utf8.contains(byte)
    }
}
