import ArgumentParser
import FoundationEssentials
import NotificationLog

/// `notifyd uncertain`: sends of which nobody knows whether they arrived.
struct UncertainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "uncertain",
        abstract: "Notifications that may or may not have been sent, on hold until somebody decides.",
        discussion: """
            The connection broke between the last byte and the provider's answer. Sending again could send twice, not \
            sending again could lose it: somebody asks the provider, and decides.

            EXAMPLES
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

            EXAMPLES
              notifyd uncertain list
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
        } else if rows.isEmpty {
            StandardStreams.printNote("nothing is uncertain\(type.map { " of \($0)" } ?? "")")
        } else {
            StandardStreams.print(UncertainRow.table(rows))
            if rows.count == limit { StandardStreams.printNote("there is more; --limit takes more") }
            if let id = rows.last?.notificationID {
                StandardStreams.printHint("notifyd uncertain resolve \(id) --sent, or --resend, is next")
            }
        }
    }
}
