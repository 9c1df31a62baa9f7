/// The `Retry-After` header of RFC 9110 §10.2.3: seconds, or an HTTP date in its one preferred form.
enum RetryAfter {
    /// - Parameter now: nanoseconds since 1970, UTC.
    /// - Returns: nil when it is neither; zero for a date that is past; at most a day.
    static func delay(_ header: String, now: UInt64) -> Duration? {
        let text = header.utf8.trimmingOptionalWhitespace()
        let day: Int64 = 86_400
        if !text.isEmpty, text.allSatisfy(\.isDigit) {
            return .seconds(min(Int64(Substring(text)) ?? day, day))
        }
        guard let date = seconds(ofDate: Substring(text)) else { return nil }
        return .seconds(min(max(date - Int64(now / 1_000_000_000), 0), day))
    }

    /// Seconds since 1970 of an IMF-fixdate such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
    static func seconds(ofDate text: Substring) -> Int64? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT",
            let month = CivilDate.monthNames.firstIndex(of: String(parts[2])),
            let day = number(parts[1], digits: 2, in: 1...31),
            let year = number(parts[3], digits: 4, in: 1970...9999)
        else { return nil }
        let time = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        guard time.count == 3,
            let hour = number(time[0], digits: 2, in: 0...23),
            let minute = number(time[1], digits: 2, in: 0...59),
            let second = number(time[2], digits: 2, in: 0...60)
        else { return nil }
        let days = CivilDate(year: year, month: month + 1, day: day).daysSinceEpoch
        return Int64(days * 86_400 + hour * 3600 + minute * 60 + second)
    }

    private static func number(_ text: Substring, digits: Int, in range: ClosedRange<Int>) -> Int? {
        guard text.utf8.count == digits, text.utf8.allSatisfy(\.isDigit), let value = Int(text) else { return nil }
        return range.contains(value) ? value : nil
    }
}
