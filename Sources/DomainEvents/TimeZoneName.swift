/// The name of a time zone as the tz database spells names: `UTC`, `Europe/Berlin`, `America/Argentina/Salta`.
///
/// Only the spelling is checked, so that a name can never lead out of the folder of time zones; whether the machine
/// knows the zone is its user's question.
public struct TimeZoneName: Sendable, Hashable {
    public let value: String

    public init?(_ text: String) {
        guard text.utf8.count <= 64 else { return nil }
        let parts = text.utf8.split(separator: ASCII.slash, omittingEmptySubsequences: false)
        guard parts.count <= 3, parts.allSatisfy(Self.isPart) else { return nil }
        value = text
    }

    private static func isPart(_ part: Substring.UTF8View) -> Bool {
        guard let first = part.first, ASCII.isLetter(first) else { return false }
        return part.allSatisfy {
            ASCII.isAlphanumeric($0) || $0 == ASCII.underscore || $0 == ASCII.hyphen || $0 == ASCII.plus
        }
    }
}
