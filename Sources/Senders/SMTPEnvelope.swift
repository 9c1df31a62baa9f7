/// Who a mail goes from and to, as the SMTP commands say it; one recipient each.
struct SMTPEnvelope: Sendable, Equatable {
    let sender: String
    let recipient: String
    /// Whether envelope or header hold a non-ASCII address (RFC 6531).
    let needsUTF8: Bool

    /// - Returns: nil for an address that could end its command or add a parameter to it.
    init?(sender: String, recipient: String, headerNeedsUTF8: Bool = false) {
        guard Self.isSafe(sender), Self.isSafe(recipient) else { return nil }
        self.sender = sender
        self.recipient = recipient
        needsUTF8 = headerNeedsUTF8 || !sender.utf8.allSatisfy { $0 < 0x80 } || !recipient.utf8.allSatisfy { $0 < 0x80 }
    }

    private static func isSafe(_ address: String) -> Bool {
        // RFC 5321 §4.5.3.1.3: a path has at most 256 octets, its angle brackets included.
        guard (3...254).contains(address.utf8.count), address.utf8.contains(UInt8(ascii: "@")) else { return false }
        return address.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "<", ">", " ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": false
            default: scalar.value > 0x20
            }
        }
    }
}
