/// The names of SMTP providers in `email.providers` and `smtp.NAME.…`.
enum ProviderName {
    /// Names that mean something else at one of those places.
    static let reserved: Set<String> = ["file", "tls"]

    static func isWellFormed(_ name: String) -> Bool {
        guard let first = name.first, first.isASCII, first.isLowercase, name.count <= 32, name.last != "-" else {
            return false
        }
        return name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
    }

    /// Whether the name may stand for a further SMTP provider beside the one called `smtp`.
    static func isFurtherProvider(_ name: String) -> Bool {
        isWellFormed(name) && name != "smtp" && !reserved.contains(name)
            && !ConfigurationKeys.smtp(prefix: "smtp").contains { $0.name == "smtp.\(name)" }
    }
}
