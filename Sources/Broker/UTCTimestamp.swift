/// Seconds since 1970 as an RFC 3339 date and time in UTC, without Foundation.
struct UTCTimestamp: Equatable, CustomStringConvertible {
    private let year: Int64
    private let month: Int64
    private let day: Int64
    private let secondOfDay: Int64

    /// - Returns: nil outside the years 0000 to 9999, which RFC 3339 cannot write.
    init?(secondsSince1970 seconds: Int64) {
        // 0000-01-01T00:00:00Z … 9999-12-31T23:59:59Z
        guard (-62_167_219_200...253_402_300_799).contains(seconds) else { return nil }
        var days = seconds / 86_400
        var rest = seconds % 86_400
        if rest < 0 {
            rest += 86_400
            days -= 1
        }
        secondOfDay = rest
        // Days to a date of the proleptic Gregorian calendar, in eras of 400 years that begin on the first of March.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var description: String {
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let hour = secondOfDay / 3_600
        let minute = secondOfDay % 3_600 / 60
        return "\(date)T\(padded(hour, 2)):\(padded(minute, 2)):\(padded(secondOfDay % 60, 2))Z"
    }

    private func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
