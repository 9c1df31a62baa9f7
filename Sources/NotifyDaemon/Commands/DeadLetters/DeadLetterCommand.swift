import ArgumentParser
import DomainEvents
import FoundationEssentials
import NotificationLog

/// `notifyd dlq`: what could not be delivered.
struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "Dead letters: what could not be delivered, and why.",
        discussion: """
            EXAMPLE
              notifyd dlq list --by reason
            """,
        subcommands: [DeadLetterListCommand.self, DeadLetterShowCommand.self]
    )
}

/// `notifyd dlq list`.
struct DeadLetterListCommand: AsyncParsableCommand {
    enum Grouping: String, ExpressibleByArgument, CaseIterable {
        case reason
    }

    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists dead letters, oldest first.",
        discussion: """
            EXAMPLE
              notifyd dlq list --type payment.completed --since 1d
            """
    )

    @Option(help: "Only this event type's.")
    var type: String?

    @Option(help: "Only this reason's (failed, rejected, delivery_limit) or error code's.")
    var reason: String?

    @Option(help: ArgumentHelp("Only those since then, e.g. 30m, 1h, 7d.", valueName: "duration"))
    var since: Age?

    @Option(help: "Count them instead.")
    var by: Grouping?

    @Option(help: ArgumentHelp("At most so many, the newest; default 100, or 100000 with --by.", valueName: "n"))
    var limit: Int?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let limit, !(1...100_000).contains(limit) {
            throw ValidationError("--limit is a number from 1 to 100000")
        }
    }

    func run() async throws {
        let wiring = try common.environment().wiring
        let rows = try await withCommandDatabase(wiring) { database in
            var filter = DeadLetterFilter(limit: limit ?? (by == nil ? 100 : 100_000))
            filter.eventType = type
            filter.reason = reason
            filter.since = since?.before(Date.now)
            return try await database.queries.deadLetters(filter).map { DeadLetterRow($0) }
        }
        switch by {
        case nil: try show(rows, DeadLetterRow.table(rows))
        case .reason?:
            let groups = DeadLetterGroup.grouped(rows)
            try show(groups, DeadLetterGroup.table(groups))
        }
    }

    private func show(_ values: [some Encodable], _ table: TextTable) throws {
        if common.json {
            for value in values { StandardStreams.print(try JSONOutput.line(value)) }
        } else {
            for line in table.lines(width: StandardStreams.terminalWidth) { StandardStreams.print(line) }
        }
    }
}

/// `notifyd dlq show ID`.
struct DeadLetterShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "One dead letter in full; values are masked unless --reveal, which is recorded.",
        discussion: """
            EXAMPLE
              notifyd dlq show 17
            """
    )

    @Argument(help: ArgumentHelp("The dead letter's number.", valueName: "id"))
    var id: Int64

    @Flag(help: "Show the values; this is recorded in operator_action.")
    var reveal = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let wiring = try common.environment().wiring
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
            return DeadLetterRow(entry, body: body(of: entry, wiring.vault))
        }
        if common.json {
            StandardStreams.print(try JSONOutput.line(row))
        } else {
            for line in row.lines { StandardStreams.print(line) }
        }
    }

    private func body(of entry: DeadLetterEntry, _ vault: MessageVault) -> String {
        do {
            let body = try vault.restore(entry.message).body
            return reveal ? String(decoding: body, as: UTF8.self) : MaskedBody.text(body)
        } catch {
            return "(\(error))"
        }
    }
}
