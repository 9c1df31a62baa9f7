/// A telephone number in E.164 form: `+`, then 7 to 15 digits, the first not zero.
///
/// Exactly that: blanks, hyphens and a leading `00` are how people write numbers, and which number they mean by them
/// depends on where they are. ITU-T E.164 §6.2.1 gives the upper bound; no shorter subscriber number is in use.
public struct PhoneNumber: Sendable, Hashable {
    public let value: String

    /// Nil where `problem(with:)` gives a reason.
    public init?(_ text: String) {
        guard Self.problem(with: text) == nil else { return nil }
        value = text
    }

    /// Why `text` is not a number, in words that do not repeat it; nil where it is one.
    public static func problem(with text: String) -> String? {
        let bytes = text.utf8
        guard bytes.first == ASCII.plus else { return "the number does not begin with + and the country code" }
        let digits = bytes.dropFirst()
        guard digits.allSatisfy(ASCII.isDigit) else {
            return "the number has characters that are not digits after the +"
        }
        guard (7...15).contains(digits.count) else { return "the number has fewer than 7 or more than 15 digits" }
        guard digits.first != UInt8(ascii: "0") else { return "the number's country code begins with 0" }
        return nil
    }
}
