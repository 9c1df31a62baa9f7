import FoundationEssentials

/// The `Retry-After` header of HTTP (RFC 9110 §10.2.3): seconds, or a date.
enum RetryAfter {
    /// A provider that asks for more is waited for this long.
    static let maximum = Duration.seconds(86_400)

    /// - Returns: nil for what is neither; never below zero or above `maximum`.
    static func delay(_ value: String, now: Date) -> Duration? {
        let value = value.drop { $0 == " " || $0 == "\t" }
        if !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // A number too large for an Int is over the maximum as well.
            return min(.seconds(Int(value).map { min($0, 86_400) } ?? 86_400), maximum)
        }
        guard let date = date(value) else { return nil }
        let seconds = date.timeIntervalSince(now)
        return .seconds(min(max(seconds, 0), 86_400))
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that may be sent (RFC 9110 §5.6.7).
    private static func date(_ text: Substring) -> Date? {
        let parts = text.split(separator: " ")
        guard
            parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), (1...31).contains(day),
            let month = CivilTime.months.firstIndex(of: String(parts[2])), let year = Int(parts[3]),
            (1970...9999).contains(year)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        let days = CivilTime.daysSinceEpoch(year: year, month: month + 1, day: day)
        let seconds = clock[0] * 3600 + clock[1] * 60 + clock[2]
        return Date(timeIntervalSince1970: Double(days * 86_400 + seconds))
    }
}
