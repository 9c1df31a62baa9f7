import ArgumentParser

/// `notifyd dlq`: what could not be delivered.
struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "Dead letters: what could not be delivered, and why.",
        discussion: """
            Each has a number, by which it is shown, replayed or dropped. What is replayed and dropped is recorded in \
            operator_action.

            EXAMPLES
              notifyd dlq list --by reason
              notifyd dlq replay --reason smtp.550 --since 1d --dry-run
            """,
        subcommands: [
            DeadLetterListCommand.self, DeadLetterShowCommand.self, DeadLetterReplayCommand.self,
            DeadLetterDropCommand.self,
        ]
    )
}
