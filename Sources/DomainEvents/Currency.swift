/// An ISO 4217 currency and its minor unit.
public struct Currency: Sendable, Hashable {
    /// Three upper-case letters.
    public let code: String
    /// Digits after the decimal point: 0 (JPY) to 4 (CLF).
    public let decimals: Int

    /// Nil unless `code` is an active ISO 4217 code; lower case is understood (`eur` is what some payment providers write).
    public init?(_ code: String) {
        let upper = code.utf8.count == 3 ? code.uppercased() : ""
        guard let decimals = Self.decimals(of: upper) else { return nil }
        self.code = upper
        self.decimals = decimals
    }

    /// ISO 4217 list one as of 2026. Codes without a minor unit (metals, XDR, XTS, XXX) are no currency to pay in; ANG and
    /// BGN, withdrawn in 2025 and 2026, are kept for what is still on its way.
    private static func decimals(of code: String) -> Int? {
        switch code {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF",
            "XOF", "XPF":
            0
        case "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD",
            "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CNY",
            "COP", "COU", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP",
            "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR",
            "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA",
            "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO",
            "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD",
            "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS",
            "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "USN", "UYU", "UZS", "VED", "VES", "WST", "XAD",
            "XCD", "XCG", "YER", "ZAR", "ZMW", "ZWG":
            2
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        case "CLF", "UYW": 4
        default: nil
        }
    }
}
