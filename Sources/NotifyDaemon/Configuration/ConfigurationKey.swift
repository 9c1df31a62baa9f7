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
    /// What stands in place of `defaultText` when that is nil, e.g. `none`.
    let defaultNote: String
    let sensitivity: Sensitivity
    /// One line, in the words of the documentation.
    let meaning: String

    init(
        _ name: String,
        _ type: ConfigurationType,
        default defaultText: String? = nil,
        note: String = "none",
        sensitivity: Sensitivity = .open,
        _ meaning: String
    ) {
        self.name = name
        self.type = type
        self.defaultText = defaultText
        self.defaultNote = defaultText ?? note
        self.sensitivity = sensitivity
        self.meaning = meaning
    }

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

    /// The first part of the name, e.g. `rabbitmq`.
    var section: String { String(name.prefix { $0 != "." }) }

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
