/// One key of contract section 2: all that file parsing, environment, `notifyd config`, errors and docs say about it.
struct ConfigurationKey: Sendable {
    enum Sensitivity: Sendable {
        case open
        /// May hold a password inside a URL; shown with that hidden.
        case url
        /// Never shown.
        case secret
    }

    /// The dotted name, e.g. `rabbitmq.deadLetterExchange`.
    let name: String
    let type: ConfigurationType
    /// The default as an operator would write it; nil: there is none, or it depends on something else.
    let defaultText: String?
    /// What stands in place of `defaultText` when that is nil, e.g. `none`; names in backticks.
    let defaultNote: String
    /// A value other than the default. All examples together are a valid configuration.
    let example: String
    let sensitivity: Sensitivity
    /// One line of Markdown: names and values in backticks.
    let markdown: String

    init(
        _ name: String,
        _ type: ConfigurationType,
        default defaultText: String? = nil,
        note: String = "none",
        example: String,
        sensitivity: Sensitivity = .open,
        _ markdown: String
    ) {
        self.name = name
        self.type = type
        self.defaultText = defaultText
        self.defaultNote = defaultText ?? note
        self.example = example
        self.sensitivity = sensitivity
        self.markdown = markdown
    }

    /// The same line for a terminal.
    var meaning: String { markdown.replacing("`", with: "") }

    /// The default as a value; nil where there is none.
    var defaultValue: ConfigurationValue? { defaultText.flatMap { try? type.parse($0) } }

    var plainNote: String { defaultNote.replacing("`", with: "") }

    /// `NOTIFYD_RABBITMQ_DEAD_LETTER_EXCHANGE` for `rabbitmq.deadLetterExchange`.
    var environmentName: String {
        var result = "NOTIFYD_"
        var previousIsLower = false
        for character in name {
            if character == "." || character == "-" {
                result += "_"
            } else {
                if character.isUppercase, previousIsLower { result += "_" }
                result += character.uppercased()
            }
            previousIsLower = character.isLowercase || character.isNumber
        }
        return result
    }

    /// The file's name in `$CREDENTIALS_DIRECTORY`.
    var credentialName: String { environmentName.lowercased() }

    /// Whether `…_FILE` may name a file that holds the value.
    var mayComeFromFile: Bool { sensitivity != .open }

    /// A text as it may be shown: secrets and the passwords in URLs as `***`.
    func shown(_ text: String) -> String {
        switch sensitivity {
        case .open: text
        case .secret: "***"
        case .url: type.redacted(text)
        }
    }
}
