import ArgumentParser
import Broker
import Database
import Testing

@testable import NotifyDaemon

@Suite("Commands: parsing, help and statuses")
struct CommandParsingTests {
    private func ending(of arguments: [String]) -> CommandOutcome? {
        do {
            var command = try Notifyd.parseAsRoot(arguments)
            // Commands with work of their own are asynchronous; the rest, bare nouns and `--help`, only end in help.
            let isBare =
                command is Notifyd || command is DeadLetterCommand || command is ContactCommand
                || command is UncertainCommand
            guard isBare || !(command is any AsyncParsableCommand) else { return nil }
            try command.run()
            return nil
        } catch {
            return CommandOutcome(error)
        }
    }

    @Test(
        "Every command as the contract writes it is understood",
        arguments: [
            "run", "run --config /etc/x.yaml", "check --offline", "check --send-to a@b.example --json", "config --json",
            "migrate --print", "publish payment.completed --sample --count 3 --rate 2.5", "publish x --data {}",
            "publish x --data @file", "publish x --data -", "render x --channel sms --locale de --data {}",
            "render x --eml", "log --event e --recipient r --address a@b --type t --status sent --since 1h --follow",
            "dlq list --type t --reason failed --since 1d --by reason", "dlq show 17 --reveal",
            "contact import users.csv --dry-run", "contact import -", "contact show 42 --reveal", "contact forget 42",
            "dlq replay 17 18 --dry-run", "dlq replay --type t --reason r --since 1d --rate 0.5", "dlq replay --all",
            "dlq drop 17 --yes", "dlq drop --all --dry-run", "uncertain list --type t --limit 5",
            "uncertain resolve a b --sent", "uncertain resolve a --resend", "pause --type t --channel sms --reason x",
            "pause --all", "pause --list --json", "resume --channel email", "resume --all", "why e1 --json",
        ]
    )
    func understood(line: String) throws {
        _ = try Notifyd.parseAsRoot(line.split(separator: " ").map(String.init))
    }

    @Test(
        "Wrong usage ends with 64 and one line that points at the help",
        arguments: [
            "nonsense", "run --nonsense", "publish", "publish x", "publish x --data {} --sample",
            "publish x --sample --count 0", "publish x --sample --rate 0", "check --offline --send-to a@b.example",
            "check --send-to nobody", "log --since yesterday", "log --limit 0", "render x --channel fax",
            "render x --eml --channel sms", "dlq show", "dlq show x", "contact import",
            "contact show", "contact forget", "dlq replay", "dlq replay 1 --all", "dlq replay --all --type t",
            "dlq replay 1 --reason r", "dlq replay --all --rate 0", "dlq drop --all", "dlq drop --yes",
            "uncertain resolve --sent", "uncertain resolve a", "uncertain resolve a --sent --resend", "pause", "resume",
            "pause --all --channel sms", "pause --list --all", "pause --channel fax", "why",
        ]
    )
    func wrongUsage(line: String) throws {
        let outcome = try #require(ending(of: line.split(separator: " ").map(String.init)))
        #expect(outcome.status == 64)
        #expect(outcome.standardError.count == 1)
        #expect(outcome.standardError.first?.hasPrefix("notifyd: ") == true)
        #expect(outcome.standardError.first?.contains("--help'") == true)
        #expect(outcome.standardOutput == nil)
    }

    @Test("A bare noun shows its help and ends well", arguments: [[], ["dlq"], ["contact"], ["uncertain"]])
    func bare(arguments: [String]) throws {
        let outcome = try #require(ending(of: arguments))
        #expect(outcome.status == 0)
        #expect(outcome.standardOutput?.contains("USAGE:") == true)
        #expect(outcome.standardError.isEmpty)
    }

    @Test(
        "Every command's help has an example, --config and --json",
        arguments: [
            ["run"], ["check"], ["config"], ["migrate"], ["publish"], ["render"], ["log"], ["dlq", "list"],
            ["dlq", "show"], ["contact", "import"],
        ]
    )
    func help(command: [String]) throws {
        let outcome = try #require(ending(of: command + ["--help"]))
        #expect(outcome.status == 0)
        let text = try #require(outcome.standardOutput)
        #expect(text.contains("EXAMPLE"))
        #expect(text.contains("notifyd \(command.joined(separator: " "))"))
        #expect(text.contains("--config <file>"))
        #expect(text.contains("--json"))
    }

    @Test(
        "--version prints the version, for the program and for a command",
        arguments: [[], ["run"], ["dlq", "list"]]
    )
    func version(command: [String]) throws {
        let outcome = try #require(ending(of: command + ["--version"]))
        #expect(outcome.status == 0)
        #expect(outcome.standardOutput == NotifydVersion.current)
    }

    @Test("Errors become the statuses of the contract, one escaped line for each problem")
    func statuses() {
        let configuration = ConfigurationFailure(problems: [.init(message: "one"), .init(message: "two\u{1B}[31m")])
        #expect(CommandOutcome(configuration).status == 78)
        #expect(CommandOutcome(configuration).standardError == ["notifyd: one", "notifyd: two\\u{1B}[31m"])
        #expect(CommandOutcome(CommandFailure(.failed, "no\nbreak")).standardError == ["notifyd: no\\nbreak"])
        #expect(CommandOutcome(CommandFailure(.failed, "x")).status == 1)
        #expect(CommandOutcome(ExitCode(1)).status == 1)
        #expect(CommandOutcome(ExitCode(1)).standardError == [])
        #expect(CommandOutcome(BrokerError(.connect, "x")).status == 69)
        #expect(CommandOutcome(BrokerError(.login, "x")).status == 1)
        #expect(CommandOutcome(BrokerError(.login, "x", replyCode: 403)).status == 1)
        #expect(CommandOutcome(BrokerError(.login, "x", replyCode: 530)).status == 1)
        #expect(CommandOutcome(BrokerError(.login, "shutdown", replyCode: 320)).status == 69)
        #expect(CommandOutcome(BrokerError(.topology, "x")).status == 78)
        #expect(CommandOutcome(BrokerError(.returned, "x")).status == 1)
        let noExchange = CommandOutcome(BrokerError(.closedByBroker, "no exchange 'e'", replyCode: 404))
        #expect(noExchange.status == 1)
        #expect(noExchange.standardError == ["notifyd: broker: no exchange 'e'; notifyd run declares it"])
        #expect(CommandOutcome(DatabaseError(.connect, "x")).status == 69)
        #expect(CommandOutcome(DatabaseError(.configuration, "x")).status == 78)
        let noTable = CommandOutcome(DatabaseError(.server, "x", sqlState: "42P01"))
        #expect(noTable.status == 1)
        #expect(noTable.standardError == ["notifyd: database: x (SQLSTATE 42P01); run notifyd migrate"])
        #expect(CommandOutcome(CancellationError()).status == 1)
    }
}
