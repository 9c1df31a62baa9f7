import ArgumentParser
import FoundationEssentials
import NotificationLog

/// `notifyd uncertain`: sends of which nobody knows whether they arrived.
struct UncertainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uncertain",
        abstract: "Notifications that may or may not have been sent, on hold until somebody decides.",
        discussion: """
            EXAMPLE
              notifyd uncertain list
              notifyd uncertain resolve evt-4711 --sent
            """,
        subcommands: [UncertainListCommand.self, UncertainResolveCommand.self]
    )
}

/// `notifyd uncertain list`.
struct UncertainListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists what is uncertain, the longest waiting first.",
        discussion: """
            Ask the provider by recipient and time, then resolve each.

            EXAMPLE
              notifyd uncertain list --type payment.completed
            """
    )

    @Option(help: "Only this event type's.")
    var type: String?

    @Option(help: ArgumentHelp("At most so many.", valueName: "n"))
    var limit = 1000

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit is a number from 1 to 100000") }
    }

    func run() async throws {
        let rows = try await withCommandDatabase(common.environment().wiring) { database in
            try await database.uncertain.entries(eventType: type, limit: limit).map(UncertainRow.init)
        }
        if common.json {
            for row in rows { StandardStreams.print(try JSONOutput.line(row)) }
        } else {
            let lines = UncertainRow.table(rows).lines(width: StandardStreams.terminalWidth)
            for line in lines { StandardStreams.print(line) }
        }
    }
}
