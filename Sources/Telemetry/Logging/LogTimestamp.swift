/// RFC 3339 in UTC, written digit by digit: one per log line.
enum LogTimestamp {
    /// - Parameters:
    ///   - nanoseconds: since 1970.
    ///   - digits: of the second's fraction, 1 to 9.
    static func append(_ nanoseconds: UInt64, digits: Int, to line: inout [UInt8]) {
        let date = CivilDate(daysSinceEpoch: Int(nanoseconds / 1_000_000_000) / 86_400)
        appendNumber(date.year, width: 4, to: &line)
        line.append(UInt8(ascii: "-"))
        appendNumber(date.month, width: 2, to: &line)
        line.append(UInt8(ascii: "-"))
        appendNumber(date.day, width: 2, to: &line)
        line.append(UInt8(ascii: "T"))
        appendTime(nanoseconds, digits: digits, to: &line)
    }

    /// The time of day alone, UTC as its `Z` says.
    static func appendTime(_ nanoseconds: UInt64, digits: Int, to line: inout [UInt8]) {
        let time = Int(nanoseconds / 1_000_000_000) % 86_400
        appendNumber(time / 3600, width: 2, to: &line)
        line.append(UInt8(ascii: ":"))
        appendNumber(time / 60 % 60, width: 2, to: &line)
        line.append(UInt8(ascii: ":"))
        appendNumber(time % 60, width: 2, to: &line)
        line.append(UInt8(ascii: "."))
        var fraction = Int(nanoseconds % 1_000_000_000)
        for _ in digits..<9 { fraction /= 10 }
        appendNumber(fraction, width: digits, to: &line)
        line.append(UInt8(ascii: "Z"))
    }

    private static func appendNumber(_ number: Int, width: Int, to line: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            line.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }
}
