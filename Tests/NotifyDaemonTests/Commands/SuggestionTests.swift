import ArgumentParser
import Testing

@testable import NotifyDaemon

@Suite("Suggestions for what is misspelt")
struct SuggestionTests {
    /// The one line on standard error.
    private func complaint(_ line: String) -> String? {
        let arguments = line.split(separator: " ").map(String.init)
        do {
            _ = try Notifyd.parseAsRoot(arguments)
            return nil
        } catch {
            return CommandOutcome(error, arguments: arguments).standardError.first
        }
    }

    @Test(
        "A misspelt command has the nearest one at its side",
        arguments: [
            ("chekc", "there is no command 'chekc'; did you mean 'notifyd check'? See 'notifyd --help'"),
            ("dlq lsit", "there is no command 'dlq lsit'; did you mean 'notifyd dlq list'? See 'notifyd dlq --help'"),
            (
                "contact imprt users.csv --dry-run",
                "there is no command 'contact imprt'; did you mean 'notifyd contact import'? See 'notifyd contact --help'"
            ),
            ("replay 17", "there is no command 'replay'; did you mean 'notifyd dlq replay'? See 'notifyd --help'"),
            (
                "list",
                "there is no command 'list'; did you mean 'notifyd dlq list' or 'notifyd uncertain list'? See 'notifyd --help'"
            ),
            ("sendmail", "there is no command 'sendmail'; see 'notifyd --help'"),
            ("dlq xy", "there is no command 'dlq xy'; see 'notifyd dlq --help'"),
        ]
    )
    func commands(line: String, expected: String) {
        #expect(complaint(line) == "notifyd: " + expected)
    }

    @Test(
        "A misspelt option has the nearest one at its side, those of every command too",
        arguments: [
            ("log --statsu x", "Unknown option '--statsu'. Did you mean '--status'? See 'notifyd log --help'"),
            ("dlq list --jsno", "Unknown option '--jsno'. Did you mean '--json'? See 'notifyd dlq list --help'"),
            ("--verison", "Unknown option '--verison'. Did you mean '--version'? See 'notifyd --help'"),
            ("--colour", "Unknown option '--colour'; see 'notifyd --help'"),
        ]
    )
    func options(line: String, expected: String) {
        #expect(complaint(line) == "notifyd: " + expected)
    }

    @Test("A sentence of the parser's goes on to where the help is")
    func sentence() {
        #expect(
            complaint("render x --channel fax")
                == "notifyd: The value 'fax' is invalid for '--channel <channel>'. Please provide one of 'email' and 'sms'"
                + "; see 'notifyd render --help'"
        )
    }

    @Test("A misspelt status has the nearest at its side")
    func statuses() {
        #expect(complaint("log --status snet")?.contains("; the nearest is sent") == true)
        #expect(complaint("log --status sent") == nil)
    }

    @Test(
        "What is no misspelt command gets no suggestion",
        arguments: ["dlq list extra", "why a b", "dlq show", "help xy", ""]
    )
    func others(line: String) {
        #expect(CommandSuggestion(line.split(separator: " ").map(String.init)) == nil)
    }
}
