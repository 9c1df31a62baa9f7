/// One thing wrong with the configuration, in one line: where, what, and what to do.
struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// `FILE:LINE`, a variable or a credential; nil where a default takes part.
    var origin: ConfigurationOrigin?
    var message: String

    var description: String {
        origin.map { "\($0): \(message)" } ?? message
    }
}

/// Every problem there is with the configuration; the program ends with status 78.
struct ConfigurationFailure: Error, Equatable, CustomStringConvertible {
    var problems: [ConfigurationProblem]

    /// In one line.
    var description: String { problems.map(\.description).joined(separator: "; ") }
}

/// Where a value was given.
enum ConfigurationOrigin: Sendable, Equatable, CustomStringConvertible {
    case file(path: String, line: Int?)
    case credential(path: String)
    case variable(String)
    /// A variable `…_FILE` and the file it names.
    case variableFile(variable: String, path: String)

    var description: String {
        switch self {
        case .file(let path, let line): line.map { "\(path):\($0)" } ?? path
        case .credential(let path): "credential \(path)"
        case .variable(let name): "variable \(name)"
        case .variableFile(let variable, let path): "variable \(variable) (\(path))"
        }
    }
}
