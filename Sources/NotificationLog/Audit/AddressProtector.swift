import Crypto
import DomainEvents
import FoundationEssentials

/// What of an address may be kept: a mask for people and a keyed hash for look-ups.
public struct AddressProtector: Sendable {
    /// The key is worked in once: each address goes on with a copy.
    private let keyed: HMAC<SHA256>

    /// - Parameter key: `storage.addressKey`, or the one the first migration made.
    public init(key: [UInt8]) {
        keyed = HMAC(key: SymmetricKey(data: key))
    }

    /// HMAC-SHA256 of the address in the spelling that compares equal, in lower-case hexadecimal.
    public func hash(of address: String) -> String {
        var code = keyed
        code.update(data: Array(Self.comparable(address).utf8))
        return code.finalize().withUnsafeBytes { ContentDigest.hex($0) }
    }

    /// Mail hosts compare without case (RFC 5321 §2.4), and so do the local parts of every provider in use.
    static func comparable(_ address: String) -> String {
        address.lowercased()
    }

    /// `j***@example.com`, `+49***23`; an address too short to hide anything in is only stars.
    public static func mask(_ address: String) -> String {
        if let at = address.lastIndex(of: "@") {
            return "\(address[..<at].prefix(1))***\(address[at...])"
        }
        guard address.hasPrefix("+"), address.count >= 8 else { return "***" }
        return "\(address.prefix(3))***\(address.suffix(2))"
    }
}
