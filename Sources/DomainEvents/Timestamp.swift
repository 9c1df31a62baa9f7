import FoundationEssentials

/// Reads the date-time of RFC 3339 §5.6.
enum Timestamp {
    /// `2026-11-22T15:04:05.123+01:00`: `T`, `t` or a blank between date and time, `Z`, `z` or a numeric offset, any
    /// number of fractional digits (nine count), a leap second at the end of a UTC day's last minute. Nil for all else.
    static func parse(_ text: String) -> Date? {
        var reader = Reader(bytes: text.utf8[...])
        guard let year = reader.number(4), year >= 1, reader.skip("-"),
            let month = reader.number(2), (1...12).contains(month), reader.skip("-"),
            let day = reader.number(2), (1...daysIn(month: month, of: year)).contains(day),
            reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(2), hour <= 23, reader.skip(":"),
            let minute = reader.number(2), minute <= 59, reader.skip(":"),
            let second = reader.number(2), second <= 60,
            let fraction = reader.fraction(),
            let offset = reader.offset(),
            reader.bytes.isEmpty
        else { return nil }
        let minutes = (daysSince1970(year: year, month: month, day: day) * 24 + hour) * 60 + minute - offset
        // A leap second is inserted at 23:59:60 UTC and nowhere else.
        let lastMinuteOfDay = 24 * 60 - 1
        let minuteOfDay = ((minutes % (24 * 60)) + 24 * 60) % (24 * 60)
        guard second < 60 || minuteOfDay == lastMinuteOfDay else { return nil }
        return Date(timeIntervalSince1970: Double(minutes * 60 + second) + fraction)
    }

    private static func daysIn(month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar; the year is taken to begin in March, so that the leap day
    /// is its last.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }

    private struct Reader {
        var bytes: Substring.UTF8View

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard let first = bytes.first, UInt32(first) == character.value else { return false }
            bytes.removeFirst()
            return true
        }

        /// Exactly `digits` decimal digits.
        mutating func number(_ digits: Int) -> Int? {
            let field = bytes.prefix(digits)
            guard field.count == digits, field.allSatisfy(ASCII.isDigit) else { return nil }
            bytes.removeFirst(digits)
            return field.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }

        /// The fraction of a second, zero where there is none; nil for a dot without digits.
        mutating func fraction() -> Double? {
            guard skip(".") else { return 0 }
            let digits = bytes.prefix(while: ASCII.isDigit)
            guard !digits.isEmpty else { return nil }
            bytes.removeFirst(digits.count)
            let counted = digits.prefix(9)
            let value = counted.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            return Double(value) / (0..<counted.count).reduce(1) { power, _ in power * 10 }
        }

        /// Minutes east of UTC.
        mutating func offset() -> Int? {
            if skip("Z") || skip("z") { return 0 }
            let isEast = skip("+")
            guard isEast || skip("-"), let hour = number(2), hour <= 23, skip(":"), let minute = number(2), minute <= 59
            else { return nil }
            return (isEast ? 1 : -1) * (hour * 60 + minute)
        }
    }
}
