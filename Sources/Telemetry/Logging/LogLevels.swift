import Logging

/// How much is logged, by component: `info,broker=debug` is `info` for all but the broker.
public struct LogLevels: Sendable, Equatable {
    /// For every component that is not named.
    public var standard: Logger.Level
    public var byComponent: [String: Logger.Level]

    public init(_ standard: Logger.Level = .info, byComponent: [String: Logger.Level] = [:]) {
        self.standard = standard
        self.byComponent = byComponent
    }

    /// Reads the configuration's form: one level and any number of `component=level`, comma-separated, in any order.
    ///
    /// - Parameter components: the names that exist; nil takes any.
    public init(parsing text: String, components: [String]? = nil) throws(LogLevelsError) {
        self.init()
        var hasStandard = false
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                String(Substring($0.utf8.trimmingOptionalWhitespace()))
            }
            let name = pieces[pieces.count - 1]
            guard let level = Logger.Level(rawValue: name) else {
                throw LogLevelsError(code: .unknownLevel, offender: name, known: Logger.Level.allCases.map(\.rawValue))
            }
            if pieces.count == 1 {
                guard !hasStandard else { throw LogLevelsError(code: .repeated, offender: name, known: []) }
                hasStandard = true
                standard = level
            } else {
                let component = pieces[0]
                if component.isEmpty { throw LogLevelsError(code: .unknownComponent, offender: "", known: []) }
                if let components, !components.contains(component) {
                    throw LogLevelsError(code: .unknownComponent, offender: component, known: components)
                }
                guard byComponent.updateValue(level, forKey: component) == nil else {
                    throw LogLevelsError(code: .repeated, offender: component, known: [])
                }
            }
        }
    }

    public subscript(component: String) -> Logger.Level {
        byComponent[component] ?? standard
    }
}

extension LogLevels: CustomStringConvertible {
    /// The form that `init(parsing:)` reads.
    public var description: String {
        let components = byComponent.sorted { $0.key < $1.key }.map { ",\($0.key)=\($0.value)" }
        return standard.rawValue + components.joined()
    }
}

/// What is wrong with a level text, in one line that names the piece.
public struct LogLevelsError: Error, Sendable, Equatable, CustomStringConvertible {
    public struct Code: Sendable, Hashable {
        private let name: String

        public static let unknownLevel = Code(name: "unknownLevel")
        public static let unknownComponent = Code(name: "unknownComponent")
        public static let repeated = Code(name: "repeated")
    }

    public let code: Code
    /// The piece as it was written.
    public let offender: String
    /// What could stand there; empty when that is no list.
    public let known: [String]

    public var description: String {
        let shown = "\"" + TextEscaping.escaped(offender.prefix(utf8Bytes: 60)) + "\""
        let choices = known.isEmpty ? "" : "; known are " + known.joined(separator: ", ")
        return switch code {
        case .unknownLevel: "\(shown) is no log level\(choices)"
        case .unknownComponent: "\(shown) is no component\(choices)"
        default: "\(shown): a level was given before"
        }
    }
}
