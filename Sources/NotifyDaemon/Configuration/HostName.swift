import Glibc

/// What the configuration needs to know about a host: is it this machine, and how does it stand in a URL.
enum HostName {
    /// True for addresses of 127.0.0.0/8 and ::1 and for names below `localhost` (RFC 6761 §6.3).
    static func isLoopback(_ host: String) -> Bool {
        let name = host.lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        var v4 = in_addr()
        if inet_pton(AF_INET, name, &v4) == 1 {
            return UInt32(bigEndian: v4.s_addr) >> 24 == 127
        }
        guard let bytes = ipv6Bytes(name) else { return false }
        let isOne = bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
        let isMappedLoopback = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10...12] == [0xFF, 0xFF, 127]
        return isOne || isMappedLoopback
    }

    static func isIPv6(_ host: String) -> Bool {
        ipv6Bytes(host) != nil
    }

    /// A name of letters, digits, hyphens, dots and underscores, or an address: nothing that ends a URL's host early.
    static func isWellFormed(_ host: String) -> Bool {
        if isIPv6(host) { return true }
        guard !host.isEmpty, host.utf8.count <= 253 else { return false }
        return host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                true
            default:
                false
            }
        }
    }

    /// The host as it stands in a URL: IPv6 addresses in brackets.
    static func bracketed(_ host: String) -> String {
        isIPv6(host) ? "[\(host)]" : host
    }

    private static func ipv6Bytes(_ host: String) -> [UInt8]? {
        var address = in6_addr()
        guard inet_pton(AF_INET6, host, &address) == 1 else { return nil }
        return withUnsafeBytes(of: &address) { Array($0) }
    }
}
