/// What somebody probably meant by an option that is not there: the parser knows a command's own, not those of every one.
enum OptionSuggestion {
    private static let general = ["--help", "--version"]

    /// - Parameter message: the parser's; it stays as it is where it has a suggestion already, or is about something else.
    static func text(_ message: String, _ arguments: [String]) -> String {
        guard message.hasPrefix("Unknown option"), !message.hasSuffix("?") else { return message }
        for argument in arguments where message.contains("'\(argument)'") {
            if let nearest = NearestName.of(argument, among: general), CommandSuggestion.isNear(argument, nearest) {
                return "\(message). Did you mean '\(nearest)'?"
            }
        }
        return message
    }
}
