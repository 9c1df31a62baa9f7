import ArgumentParser
import Glibc

/// The program's one entry: parses, runs one command, and turns whatever it throws into lines and a status.
@main
struct Notifyd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notifyd",
        abstract: "Turns domain events from RabbitMQ into emails and SMS, each sent once and audited.",
        discussion: """
            EXAMPLE
              notifyd check --config /etc/notifyd/notifyd.yaml
              notifyd run
            """,
        version: NotifydVersion.current,
        subcommands: [
            RunCommand.self, CheckCommand.self, ConfigCommand.self, MigrateCommand.self, PublishCommand.self,
            RenderCommand.self, LogCommand.self, DeadLetterCommand.self, ContactCommand.self,
        ]
    )

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let outcome = CommandOutcome(error)
            if let text = outcome.standardOutput { StandardStreams.print(text) }
            for line in outcome.standardError { StandardStreams.printError(line) }
            Glibc.exit(outcome.status)
        }
    }
}
