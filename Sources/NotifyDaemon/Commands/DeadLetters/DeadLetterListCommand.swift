import ArgumentParser
import FoundationEssentials
import NotificationLog

/// `notifyd dlq list`.
struct DeadLetterListCommand: AsyncParsableCommand {
    enum Grouping: String, ExpressibleByArgument, CaseIterable {
        case reason
    }

    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists dead letters, oldest first.",
        discussion: """
            Bodies are not shown; see notifyd dlq show. A dead letter that was replayed stays, with the time of it.

            EXAMPLES
              notifyd dlq list --type payment.completed --since 1d
              notifyd dlq list --by reason
            """
    )

    @OptionGroup var filters: DeadLetterFilterOptions

    @Option(help: "Count them instead.")
    var by: Grouping?

    @Option(
        help: ArgumentHelp(
            "At most so many, the newest, or the largest groups; default 100, with --by 100000.",
            valueName: "n"
        )
    )
    var limit: Int?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let limit, !(1...100_000).contains(limit) {
            throw ValidationError("--limit is a number from 1 to 100000")
        }
    }

    func run() async throws {
        let wiring = try common.environment().wiring
        let now = Date.now
        try await withCommandDatabase(wiring) { database in
            switch by {
            case nil:
                let filter = filters.filter(now: now, limit: limit ?? 100)
                let rows = try await database.queries.deadLetters(filter).map { DeadLetterRow($0) }
                try show(rows, DeadLetterRow.table(rows), of: "dead letters", limit: filter.limit)
                hint(rows.last.map { "notifyd dlq show \($0.id) shows it, notifyd dlq replay \($0.id) sends it again" })
            case .reason?:
                let filter = filters.filter(now: now, limit: limit ?? 100_000)
                let groups = try await database.queries.deadLetterCounts(filter).map(DeadLetterGroup.init)
                try show(groups, DeadLetterGroup.table(groups), of: "groups", limit: filter.limit)
                let reason = groups.first.map { ShellWord.quoted($0.errorCode ?? $0.reason) }
                hint(reason.map { "notifyd dlq replay --reason \($0) --dry-run says what a replay would do" })
            }
        }
    }

    private func show(_ values: [some Encodable], _ table: TextTable, of noun: String, limit: Int) throws {
        if common.json {
            for value in values { StandardStreams.print(try JSONOutput.line(value)) }
        } else if values.isEmpty {
            StandardStreams.printNote("no dead letters\(filters.isEmpty ? "" : " match")")
        } else {
            StandardStreams.print(table)
            if values.count == limit { StandardStreams.printNote("there are more \(noun); --limit takes more") }
        }
    }

    private func hint(_ text: String?) {
        if let text, !common.json { StandardStreams.printHint(text) }
    }
}
