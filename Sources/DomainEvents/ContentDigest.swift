import Crypto

/// SHA-256 as the audit log and the identity of events use it.
public enum ContentDigest {
    public static func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        Array(SHA256.hash(data: Array(bytes)))
    }

    /// Two lower-case digits a byte.
    public static func hex(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        for byte in bytes {
            digits.append(hexDigits[Int(byte >> 4)])
            digits.append(hexDigits[Int(byte & 0x0F)])
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// A message by its routing key and body: what quarantine marks and rejections without an id are known by.
    public static func message(routingKey: String, body: [UInt8]) -> [UInt8] {
        // A routing key is at most 255 bytes (AMQP 0-9-1 §4.2.5.3): its length leads, so that no key runs into a body.
        sha256([UInt8(truncatingIfNeeded: routingKey.utf8.count)] + Array(routingKey.utf8) + body)
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
