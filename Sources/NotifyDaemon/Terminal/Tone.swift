/// What a piece of text says beside its words, as colour (ECMA-48 SGR; the eight colours that every theme defines).
enum Tone: String, Sendable, Equatable {
    case good = "32"
    case warning = "33"
    case bad = "31"
    case title = "1"
    case aside = "2"

    func applied(to text: String) -> String {
        "\u{1B}[\(rawValue)m\(text)\u{1B}[0m"
    }
}

extension Tone {
    /// For a notification's status (contract section 5).
    static func ofStatus(_ status: String) -> Tone? {
        switch status {
        case "sent", "delivered": .good
        case "retrying", "paused", "uncertain": .warning
        case "failed", "rejected", "bounced", "expired": .bad
        default: nil
        }
    }
}
