/// Reads `rabbitmq.url`: one AMQP URI, or several with commas between them (https://www.rabbitmq.com/uri-spec.html).
public enum BrokerURL {
    /// - Throws: `BrokerError` with code `configuration` that says which part is wrong; it never repeats the value,
    ///   which may hold a password.
    public static func nodes(in list: String) throws(BrokerError) -> [BrokerNode] {
        let parts = list.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
        var nodes: [BrokerNode] = []
        for (index, part) in parts.enumerated() {
            let place = parts.count == 1 ? "" : " (number \(index + 1) of \(parts.count))"
            do {
                nodes.append(try node(in: part))
            } catch {
                throw BrokerError(.configuration, "the broker's URL\(place) \(error.reason)")
            }
        }
        return nodes
    }

    private struct Problem: Error {
        var reason: String
        init(_ reason: String) { self.reason = reason }
    }

    private static func node(in text: Substring) throws(Problem) -> BrokerNode {
        guard !text.isEmpty else { throw Problem("is empty: write amqp://USER:PASSWORD@HOST:5672/VHOST") }
        let isEncrypted: Bool
        var rest: Substring
        if let body = text.droppingPrefix("amqp://") {
            (isEncrypted, rest) = (false, body)
        } else if let body = text.droppingPrefix("amqps://") {
            (isEncrypted, rest) = (true, body)
        } else {
            throw Problem(
                "does not begin with amqp:// or amqps:// (a comma separates nodes: in a password write it as %2C)"
            )
        }
        guard !rest.contains("?"), !rest.contains("#") else {
            throw Problem(
                "has a ? or #: settings are configuration keys of their own, and in a password they are %3F, %23"
            )
        }
        var node = BrokerNode(host: "", isEncrypted: isEncrypted)
        if let slash = rest.firstIndex(of: "/") {
            let path = rest[rest.index(after: slash)...]
            guard !path.contains("/") else {
                throw Problem("has more than one / after the host: in a virtual host's name write it as %2F")
            }
            if !path.isEmpty { node.virtualHost = try decoded(path, "virtual host") }
            rest = rest[..<slash]
        }
        if let at = rest.lastIndex(of: "@") {
            let login = rest[..<at]
            guard !login.contains("@") else { throw Problem("has two @: in a user or password write it as %40") }
            let colon = login.firstIndex(of: ":")
            node.username = try decoded(login[..<(colon ?? login.endIndex)], "user")
            let password = colon.map { login[login.index(after: $0)...] } ?? ""
            node.password = BrokerPassword(try decoded(password, "password"))
            rest = rest[rest.index(after: at)...]
        }
        try readAddress(rest, into: &node)
        return node
    }

    private static func readAddress(_ text: Substring, into node: inout BrokerNode) throws(Problem) {
        var portText: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw Problem("has a [ without its ]") }
            node.host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { throw Problem("has something else than a port after ]") }
            portText = rest.isEmpty ? nil : rest.dropFirst()
        } else {
            let colon = text.firstIndex(of: ":")
            if text.first == ":" { throw Problem("names no host before the port, or an IPv6 address without brackets") }
            node.host = try decoded(text[..<(colon ?? text.endIndex)], "host")
            portText = colon.map { text[text.index(after: $0)...] }
        }
        guard !node.host.isEmpty else { throw Problem("names no host") }
        guard let portText, !portText.isEmpty else { return }
        guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(portText), port > 0 else {
            throw Problem(
                "has a port that is no number from 1 to 65535 (an IPv6 address goes in brackets, a comma in a"
                    + " password is %2C)"
            )
        }
        node.port = port
    }

    /// Percent-decoding (RFC 3986 §2.1).
    private static func decoded(_ text: Substring, _ part: String) throws(Problem) -> String {
        var bytes: [UInt8] = []
        var source = text.utf8.makeIterator()
        while let byte = source.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = source.next().flatMap(hexDigit), let low = source.next().flatMap(hexDigit) else {
                throw Problem("has a % in its \(part) that two hexadecimal digits do not follow: write it as %25")
            }
            bytes.append(high << 4 | low)
        }
        // The library takes C strings.
        guard !bytes.contains(0) else { throw Problem("has a NUL (%00) in its \(part)") }
        guard let string = String(validating: bytes, as: UTF8.self) else {
            throw Problem("has a \(part) that is not UTF-8")
        }
        return string
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}

extension Substring {
    /// The rest after `prefix`, upper or lower case (RFC 3986 §3.1), or nil.
    fileprivate func droppingPrefix(_ prefix: String) -> Substring? {
        guard count >= prefix.count, self.prefix(prefix.count).lowercased() == prefix else { return nil }
        return dropFirst(prefix.count)
    }
}
