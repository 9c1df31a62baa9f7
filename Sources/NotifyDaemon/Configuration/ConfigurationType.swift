import Pipeline

/// What a key's text must be; `parse` is the only place where a configured text becomes a value.
enum ConfigurationType: Sendable, Equatable {
    case text
    case path
    case boolean
    case integer(ClosedRange<Int>)
    /// Messages a second, above 0.
    case rate
    case duration(ClosedRange<Duration>)
    /// Whole seconds.
    case seconds(ClosedRange<Int>)
    case durations(ClosedRange<Duration>)
    case choice([String])
    case names
    case hostName
    case hosts
    case recipients
    case phone
    case mailbox
    case address
    case brokerURLs
    case databaseURL
    case smtpURL
    case httpURL
    case linkTemplate
    /// Base64 of so many bytes.
    case bytes(ClosedRange<Int>)
    case listen
    case levels
    case locale
    case timezone
    /// The name of an AMQP exchange or queue: 1 to 255 bytes (AMQP 0-9-1 §4.2.5.3).
    case brokerName
    /// An unquoted Postgres identifier.
    case identifier

    /// Whether several values may be given, by commas or as a YAML list.
    var isList: Bool {
        switch self {
        case .durations, .names, .hosts, .recipients, .brokerURLs, .levels: true
        default: false
        }
    }

    /// Completes "is not …".
    var expectation: String {
        switch self {
        case .text: "a text without control characters"
        case .path: "a path"
        case .boolean: "true or false"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .rate: "a number of messages a second above 0"
        case .duration(let range): "a duration from \(Self.text(range)) such as 250ms, 10s, 5m, 2h, 7d"
        case .seconds(let range): "a duration in whole seconds from \(range.lowerBound)s to \(range.upperBound)s"
        case .durations(let range):
            "a comma-separated list of durations, each from \(Self.text(range)) such as 250ms, 10s, 5m, 2h, 7d"
        case .choice(let choices): "one of \(choices.joined(separator: ", "))"
        case .names: "a comma-separated list of provider names (lower-case letters, digits, hyphens)"
        case .hostName: "a host name or address"
        case .hosts: "a comma-separated list of host names or addresses, without scheme and port"
        case .recipients: "a comma-separated list of addresses, phone numbers or patterns such as *@ourco.example"
        case .phone: "a phone number such as +4915112345678, or a sender name of at most 11 letters and digits"
        case .mailbox: "an email address such as no-reply@ourco.example or Our Co <no-reply@ourco.example>"
        case .address: "an email address such as bounces@ourco.example"
        case .brokerURLs: "a URL such as amqps://user:password@host:5671/vhost, or several, comma-separated"
        case .databaseURL: "a libpq URI such as postgres://user@host:5432/database?sslmode=verify-full"
        case .smtpURL: "a URL such as smtp://host:587 or smtps://host:465"
        case .httpURL: "a URL such as https://host"
        case .linkTemplate: "an https URL that contains {token}"
        case .bytes(let range):
            range.count == 1
                ? "\(range.lowerBound) bytes in base64 (openssl rand -base64 \(range.lowerBound))"
                : "\(range.lowerBound) to \(range.upperBound) bytes in base64 (openssl rand -base64 \(range.lowerBound))"
        case .listen: "an address and port such as 127.0.0.1:9464, or off"
        case .levels: "a level (trace, debug, info, notice, warning, error, critical), then component=level pairs"
        case .locale: "a locale such as en or de-AT"
        case .timezone: "a time zone such as UTC or Europe/Vienna"
        case .brokerName: "a name of 1 to 255 bytes without control characters"
        case .identifier: "a name of lower-case letters, digits and _, at most 63, not starting with a digit or pg_"
        }
    }

    /// The text with passwords hidden; `***` alone where it cannot be taken apart and might hold one.
    func redacted(_ text: String) -> String {
        let parts = self == .brokerURLs ? ListText.items(text) : [text]
        var shown: [String] = []
        for part in parts {
            if let url = try? URLParts(part) {
                shown.append(url.redacted)
            } else if text.contains("@") || text.contains("?") || text.lowercased().contains("password") {
                return "***"
            } else {
                shown.append(part)
            }
        }
        return shown.joined(separator: ",")
    }

    private static func text(_ range: ClosedRange<Duration>) -> String {
        "\(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
    }
}

/// Comma-separated lists.
enum ListText {
    /// The items without the blanks around them; empty items are left out.
    static func items(_ text: String) -> [String] {
        text.split(separator: ",").map { item in
            var item = item
            while item.first?.isWhitespace == true { item.removeFirst() }
            while item.last?.isWhitespace == true { item.removeLast() }
            return String(item)
        }.filter { !$0.isEmpty }
    }
}
