import ArgumentParser
import Database
import FoundationEssentials
import NotificationLog
import Pipeline
import Reactor

/// `notifyd log`: the audit log.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Reads the audit log, oldest first.",
        discussion: """
            A row for each notification, as it stands now. Addresses are masked. --follow prints rows as they change, \
            until Ctrl-C, which ends it at once with status 130.

            EXAMPLES
              notifyd log --status failed --since 1h
              notifyd log --address jane@example.com --json
              notifyd log --follow
            """
    )

    @Option(help: ArgumentHelp("Only this event's rows.", valueName: "id"))
    var event: String?

    @Option(help: ArgumentHelp("Only this recipient's (userId).", valueName: "id"))
    var recipient: String?

    @Option(help: "Only this address's; it is compared by its hash.")
    var address: String?

    @Option(help: "Only this event type's.")
    var type: String?

    @Option(help: "Only this status's, e.g. sent, failed, retrying, rejected.")
    var status: String?

    @Option(help: ArgumentHelp("Only rows created since then, e.g. 30m, 1h, 7d.", valueName: "duration"))
    var since: Age?

    @Option(help: ArgumentHelp("At most so many, the newest; --follow begins with them.", valueName: "n"))
    var limit = 100

    @Flag(help: "Go on printing what happens until Ctrl-C.")
    var follow = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit is a number from 1 to 100000") }
        let known = NotificationStatus.allCases.map(\.rawValue)
        if let status, !known.contains(status) {
            let nearest = NearestName.of(status, among: known).map { "; the nearest is \($0)" } ?? ""
            throw ValidationError("--status: \(status) is none of \(known.joined(separator: ", "))\(nearest)")
        }
    }

    func run() async throws {
        let wiring = try common.environment().wiring
        try await withCommandDatabase(wiring) { database in
            let filter = try await filter(database)
            var shown: [AuditRow]?
            guard follow else {
                let rows = try await database.queries.entries(filter)
                try show(rows, after: &shown)
                return conclude(rows)
            }
            var looks = filter
            looks.since = nil
            looks.limit = AuditChanges.longestLook
            var changes = AuditChanges(since: try await database.queries.now())
            // Before the first rows are shown: what they leave out for the limit is no news either.
            while try await look(&changes, looks, database).isFull {}
            let rows = try await database.queries.entries(filter)
            changes.note(rows)
            try show(rows, after: &shown)
            while true {
                let (news, isFull) = try await look(&changes, looks, database)
                try show(news, after: &shown)
                if !isFull { try await wiring.reactor.sleep(for: .seconds(1)) }
            }
        }
    }

    /// What is new, and whether there may be more of it at once.
    private func look(
        _ changes: inout AuditChanges,
        _ filter: AuditFilter,
        _ database: CommandDatabase
    ) async throws -> (news: [AuditEntry], isFull: Bool) {
        let found = try await database.queries.changes(filter, after: changes.place)
        let isFull = found.count == filter.limit
        return (changes.news(in: found, isFull: isFull), isFull)
    }

    private func filter(_ database: CommandDatabase) async throws -> AuditFilter {
        var filter = AuditFilter(limit: limit)
        filter.eventID = event
        filter.recipientID = recipient
        filter.eventType = type
        filter.status = status
        filter.since = since?.before(Date.now)
        if let address {
            let configured = database.wiring.configuration.storage.addressKey?.revealed
            let key: [UInt8]
            if let configured { key = configured } else { key = try await database.queries.addressKey() }
            filter.addressHash = AddressProtector(key: key).hash(of: address)
        }
        return filter
    }

    /// - Parameter shown: rows of before, whose columns the new ones continue; nil: nothing was shown, the titles neither.
    private func show(_ entries: [AuditEntry], after shown: inout [AuditRow]?) throws {
        let rows = entries.map(AuditRow.init)
        if common.json {
            for row in rows { StandardStreams.print(try JSONOutput.line(row)) }
        } else if let shown {
            if !rows.isEmpty { StandardStreams.print(AuditRow.table(shown + rows), newest: rows.count) }
        } else if follow || !rows.isEmpty {
            StandardStreams.print(AuditRow.table(rows))
        }
        // As many as may be seen together.
        shown = ((shown ?? []) + rows).suffix(limit)
    }

    /// What the rows alone do not say.
    private func conclude(_ rows: [AuditEntry]) {
        guard !common.json else { return }
        if rows.isEmpty { StandardStreams.printNote("no notifications\(hasFilters ? " match" : " yet")") }
        if rows.count == limit { StandardStreams.printNote("these are the newest \(limit); --limit takes more") }
        if let event = rows.last?.eventID {
            StandardStreams.printHint("notifyd why \(ShellWord.quoted(event)) tells the whole story")
        }
    }

    private var hasFilters: Bool {
        [event, recipient, address, type, status].contains { $0 != nil } || since != nil
    }
}
