import ArgumentParser

/// `notifyd dlq`: what could not be delivered.
struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "Dead letters: what could not be delivered, and why.",
        discussion: """
            EXAMPLE
              notifyd dlq list --by reason
              notifyd dlq replay --reason smtp.550 --since 1d --dry-run
            """,
        subcommands: [
            DeadLetterListCommand.self, DeadLetterShowCommand.self, DeadLetterReplayCommand.self,
            DeadLetterDropCommand.self,
        ]
    )
}
