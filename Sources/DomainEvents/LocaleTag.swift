/// A language tag as far as choosing a template needs it: language, optional script, region and variants (BCP 47).
public struct LocaleTag: Sendable, Hashable {
    /// In BCP 47's recommended case: `de-AT`, `zh-Hant-TW`.
    public let value: String

    /// Reads a tag of at most 35 characters; `_` is understood as `-`, since many systems write `de_AT`.
    public init?(_ text: String) {
        guard text.utf8.count <= 35, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let subtags = text.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "_" }
        guard let language = subtags.first, (2...3).contains(language.utf8.count), Self.isLetters(language) else {
            return nil
        }
        var written = [language.lowercased()]
        for (position, subtag) in subtags.enumerated().dropFirst() {
            guard (1...8).contains(subtag.utf8.count), subtag.utf8.allSatisfy(ASCII.isAlphanumeric) else { return nil }
            switch subtag.utf8.count {
            case 4 where position == 1 && Self.isLetters(subtag):
                written.append(subtag.prefix(1).uppercased() + subtag.dropFirst().lowercased())
            case 2 where Self.isLetters(subtag):
                written.append(subtag.uppercased())
            default:
                written.append(subtag.lowercased())
            }
        }
        value = written.joined(separator: "-")
    }

    /// The tag, then shorter ones: `de-AT`, `de`.
    public var fallbacks: [String] {
        var tags = [value]
        while let shorter = tags.last?.lastIndex(of: "-"), let last = tags.last {
            tags.append(String(last[..<shorter]))
        }
        return tags
    }

    private static func isLetters(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy(ASCII.isLetter)
    }
}
