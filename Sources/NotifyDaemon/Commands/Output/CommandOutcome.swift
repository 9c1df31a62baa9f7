import ArgumentParser
import Broker
import Database
import Pipeline

/// What an error comes to on the outside: a status and text for one of the two outputs.
struct CommandOutcome: Equatable {
    var status: Int32
    /// For `--help` and `--version`, which are thrown too.
    var standardOutput: String?
    /// One line for each problem.
    var standardError: [String] = []

    /// - Parameter arguments: what was typed behind the program's name, for suggestions.
    init(_ error: any Error, arguments: [String] = []) {
        switch error {
        case let failure as ConfigurationFailure:
            self.init(.configuration, failure.problems.map(\.description))
        case let failure as CommandFailure:
            self.init(failure.status, [failure.message])
        case let failure as CatalogueError:
            self.init(.configuration, failure.problems.map { "catalogue: \($0)" })
        case let failure as BrokerError:
            self.init(Self.status(of: failure), ["broker: \(failure)\(Self.advice(on: failure))"])
        case let failure as DatabaseError:
            self.init(Self.status(of: failure), ["database: \(failure)\(Self.advice(on: failure))"])
        case let failure as RenderFailure:
            self.init(.failed, [failure.description])
        // The command has said on its output all there is to say.
        case let code as ExitCode:
            self.init(ExitStatus(rawValue: code.rawValue) ?? .failed, [])
        default:
            self.init(parserError: error, arguments)
        }
    }

    private init(_ status: ExitStatus, _ lines: [String]) {
        self.status = status.rawValue
        standardError = lines.map { "notifyd: " + PrintableText.escaped($0) }
    }

    /// ArgumentParser wraps what it throws in types of its own, requests for help among them.
    private init(parserError error: any Error, _ arguments: [String]) {
        let code = Notifyd.exitCode(for: error)
        if code == .success {
            self.init(.done, [])
            standardOutput = Notifyd.fullMessage(for: error)
        } else if code == .validationFailure {
            self.init(.usage, [Self.usageLine(error, arguments)])
        } else {
            self.init(.failed, ["\(error)"])
        }
    }

    /// What is wrong, what was probably meant, and where the help is, in one line.
    private static func usageLine(_ error: any Error, _ arguments: [String]) -> String {
        let message = CommandSuggestion(arguments)?.text ?? OptionSuggestion.text(parserMessage(error), arguments)
        let full = Notifyd.fullMessage(for: error)
        guard let hint = full.split(whereSeparator: \.isNewline).last(where: { $0.hasPrefix("  See '") }) else {
            return message
        }
        let place = hint.dropFirst("  See".count).replacing(" for more information.", with: "")
        if message.hasSuffix("?") { return "\(message) See\(place)" }
        return "\(message.hasSuffix(".") ? String(message.dropLast()) : message); see\(place)"
    }

    private static func parserMessage(_ error: any Error) -> String {
        Notifyd.message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private static func status(of error: DatabaseError) -> ExitStatus {
        if error.isConnectionFailure { return .unavailable }
        return error.code == .configuration ? .configuration : .failed
    }

    /// 42P01 and 3F000: a table or the schema is not there.
    private static func advice(on error: DatabaseError) -> String {
        ["42P01", "3F000"].contains(error.sqlState) ? "; run notifyd migrate" : ""
    }

    private static func status(of error: BrokerError) -> ExitStatus {
        switch error.code {
        case .configuration, .topology: .configuration
        case .returned, .refused: .failed
        default: error.isRefusal ? .failed : .unavailable
        }
    }

    /// 404: an exchange or queue is not there.
    private static func advice(on error: BrokerError) -> String {
        error.replyCode == 404 ? "; notifyd run declares it" : ""
    }
}
