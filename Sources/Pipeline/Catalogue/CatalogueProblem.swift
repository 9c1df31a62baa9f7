/// One thing that is wrong with a catalogue, with the place where it is to be mended.
public struct CatalogueProblem: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Severity: String, Sendable, Equatable {
        /// The catalogue cannot be used.
        case error
        /// It can be used, but some message will not read as its author means.
        case warning
    }

    public var severity: Severity
    /// The file as an operator finds it: below `catalogue.path`, or `built-in/…`.
    public var file: String
    /// Counted from 1; nil where the whole file is meant.
    public var line: Int?
    /// One line.
    public var message: String

    public init(severity: Severity = .error, file: String, line: Int? = nil, message: String) {
        self.severity = severity
        self.file = file
        self.line = line
        self.message = Self.oneLine(message)
    }

    /// Problems quote what they are about, and a file can hold anything: controls and line separators come out escaped, and
    /// what is very long is cut.
    private static func oneLine(_ text: String) -> String {
        let isShort = text.utf8.count <= maximumLength
        if isShort, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        var line = ""
        for scalar in text.unicodeScalars.prefix(maximumLength) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                line += "\\u{\(String(scalar.value, radix: 16))}"
            default: line.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > maximumLength ? line + "…" : line
    }

    private static let maximumLength = 1_000

    /// `file:line: message`, as compilers write it.
    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return severity == .error ? "\(place): \(message)" : "\(place): warning: \(message)"
    }
}

/// A catalogue that cannot be used, with all its problems at once.
public struct CatalogueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// At least one; ordered by file and line.
    public var problems: [CatalogueProblem]

    public init(problems: [CatalogueProblem]) {
        self.problems = problems
    }

    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
