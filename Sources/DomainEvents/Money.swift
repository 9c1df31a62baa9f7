import FoundationEssentials

/// An exact amount in a currency, rounded to the currency's own decimals.
public struct Money: Sendable, Hashable {
    public let amount: Decimal
    public let currency: Currency

    /// Why an amount is none; one line without the amount.
    public struct Problem: Error, Sendable, Equatable {
        public let message: String
    }

    /// The largest amount believed: beyond it a wrong unit is likelier than a payment.
    static let limit = Decimal(sign: .plus, exponent: 18, significand: 1)
    /// Noise that binary floating point leaves stays below this; more is a wrong amount.
    static let noise = Decimal(sign: .plus, exponent: -6, significand: 1)

    /// Takes an amount whose digits beyond the currency's decimals are at most a float's noise.
    ///
    /// - Parameter amount: zero or more (a receipt over zero exists: vouchers, trial periods; a negative payment does
    ///   not), below 10¹⁸.
    public init(_ amount: Decimal, _ currency: Currency) throws(Problem) {
        guard !amount.isNaN, amount < Self.limit else { throw Problem(message: "is not below 10^18") }
        guard amount >= 0 || -amount < Self.noise else { throw Problem(message: "is negative") }
        let rounded = Self.round(amount, toDecimals: currency.decimals)
        let difference = (amount - rounded).magnitude
        guard difference < Self.noise else {
            throw Problem(message: "has more than the \(currency.decimals) decimals of \(currency.code)")
        }
        self.amount = rounded
        self.currency = currency
    }

    /// To the nearest, half away from zero; by the number's digits, since FoundationEssentials lacks `NSDecimalRound`.
    private static func round(_ amount: Decimal, toDecimals decimals: Int) -> Decimal {
        let digits = amount.magnitude.description
        guard let point = digits.firstIndex(of: "."),
            let firstDropped = digits[point...].dropFirst(1 + decimals).first,
            let truncated = Decimal(string: String(digits[...point].dropLast() + digits[point...].prefix(1 + decimals)))
        else { return amount }
        let unit = Decimal(sign: .plus, exponent: -decimals, significand: 1)
        let magnitude = firstDropped >= "5" ? truncated + unit : truncated
        return amount < 0 ? -magnitude : magnitude
    }

    /// Reads an amount written as text: digits, at most one `.` between them, an optional leading `-`, and an exponent as a
    /// JSON number may have one, since libraries that write decimals as text use it (`1E+2`).
    ///
    /// No grouping, no currency sign, no blanks, no leading `+`: a text that a person formatted is ambiguous (`1.234`).
    static func parse(_ text: String) -> Decimal? {
        var digits = text.utf8[...]
        if digits.first == ASCII.hyphen { digits.removeFirst() }
        if let mark = digits.firstIndex(where: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }) {
            guard isExponent(digits[digits.index(after: mark)...]) else { return nil }
            digits = digits[..<mark]
        }
        guard digits.count <= 64, let first = digits.first, ASCII.isDigit(first), let last = digits.last,
            ASCII.isDigit(last)
        else { return nil }
        var points = 0
        for byte in digits where !ASCII.isDigit(byte) {
            points += 1
            guard byte == ASCII.dot, points == 1 else { return nil }
        }
        return Decimal(string: text)
    }

    /// An optional sign and up to three digits: beyond that no amount is left, only work.
    private static func isExponent(_ text: Substring.UTF8View) -> Bool {
        var digits = text
        if digits.first == ASCII.plus || digits.first == ASCII.hyphen { digits.removeFirst() }
        return (1...3).contains(digits.count) && digits.allSatisfy(ASCII.isDigit)
    }
}
