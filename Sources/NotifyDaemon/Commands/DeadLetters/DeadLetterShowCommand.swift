import ArgumentParser
import DomainEvents
import FoundationEssentials
import NotificationLog
import Pipeline

/// `notifyd dlq show ID`.
struct DeadLetterShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "One dead letter in full; values are masked unless --reveal, which is recorded.",
        discussion: """
            Fields that the catalogue calls sensitive (reset links, tokens) stay masked even then.

            EXAMPLES
              notifyd dlq show 17
              notifyd dlq show 17 --reveal
            """
    )

    @Argument(help: ArgumentHelp("The dead letter's number.", valueName: "id"))
    var id: Int64

    @Flag(help: "Show the values; this is recorded in operator_action.")
    var reveal = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let wiring = try common.environment().wiring
        // Before the reveal is recorded: without the catalogue nothing is shown.
        let catalogue = reveal ? try wiring.configuration.loadCatalogue() : nil
        let row = try await withCommandDatabase(wiring) { database in
            guard let entry = try await database.queries.deadLetters(DeadLetterFilter(ids: [id], limit: 1)).first else {
                throw CommandFailure(.failed, "there is no dead letter \(id); see notifyd dlq list")
            }
            if reveal {
                // First the record, then the value: nobody sees one without the other.
                try await database.queries.record(
                    who: Operator.current,
                    action: "reveal",
                    filter: nil,
                    targets: ["dead_letter:\(id)"],
                    reason: nil
                )
            }
            let sensitive = catalogue?.types[entry.eventType]?.sensitive ?? []
            return DeadLetterRow(entry, body: body(of: entry, wiring.vault, without: Set(sensitive)))
        }
        if common.json {
            StandardStreams.print(try JSONOutput.line(row))
        } else {
            for line in row.lines { StandardStreams.print(line) }
        }
    }

    private func body(of entry: DeadLetterEntry, _ vault: MessageVault, without sensitive: Set<String>) -> String {
        do {
            let body = try vault.restore(entry.message).body
            return reveal ? RevealedBody.text(body, without: sensitive) : MaskedBody.text(body)
        } catch {
            return "(\(error))"
        }
    }
}
