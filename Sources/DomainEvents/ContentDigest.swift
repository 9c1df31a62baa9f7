import Crypto

/// SHA-256 as the audit log and the identity of events use it.
public enum ContentDigest {
    public static func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        sha256(Array(bytes))
    }

    public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        SHA256.hash(data: bytes).withUnsafeBytes { Array($0) }
    }

    /// Two lower-case digits a byte.
    public static func hex(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { hex($0) }
    }

    /// The same for what a digest shows of itself.
    public static func hex(_ bytes: UnsafeRawBufferPointer) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { digits in
            for (place, byte) in bytes.enumerated() {
                digits[2 * place] = hexDigit(byte >> 4)
                digits[2 * place + 1] = hexDigit(byte & 0x0F)
            }
            return bytes.count * 2
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    /// A message by its routing key and body: what quarantine marks and unread messages are known by.
    public static func message(routingKey: String, body: [UInt8]) -> [UInt8] {
        // A routing key is at most 255 bytes (AMQP 0-9-1 §4.2.5.3): its length leads, so that no key runs into a body.
        sha256([UInt8(truncatingIfNeeded: routingKey.utf8.count)] + Array(routingKey.utf8) + body)
    }
}
