import ArgumentParser
import FoundationEssentials
import NotificationLog

/// `notifyd contact`: whom the daemon knows, and where they are reached.
struct ContactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contact",
        abstract: "Contacts: where and how recipients are reached.",
        discussion: """
            Events bring contacts by themselves (user.signup, user.updated); an import brings those that were there before \
            the first event.

            EXAMPLES
              notifyd contact import users.csv --dry-run
              notifyd contact show user-42
            """,
        subcommands: [ContactImportCommand.self, ContactShowCommand.self, ContactForgetCommand.self]
    )
}

/// `notifyd contact import FILE`.
struct ContactImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Imports contacts from CSV or NDJSON; nothing is imported unless every line is right.",
        discussion: """
            CSV has a header line with userId and any of email, phone, name, locale, preferredChannel, timezone, optOut \
            (categories between semicolons), or the names that contact show prints: recipient_id, preferred_channel, \
            opt_out. An empty cell leaves a field as it is. NDJSON has the same members; null removes a field. The import \
            counts as of now: a newer event's value wins over it later on.

            EXAMPLES
              notifyd contact import users.csv --dry-run
              psql -c "COPY (SELECT id AS \\"userId\\", email FROM users) TO STDOUT CSV HEADER" | notifyd contact import -
            """
    )

    @Argument(help: ArgumentHelp("CSV or NDJSON file; - is standard input.", valueName: "file"))
    var file: String

    @Flag(help: "Check every line and import nothing.")
    var dryRun = false

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let loaded = try common.load()
        let parsed = ContactFile.parse(try InputFile.read(file), now: Date.now)
        guard parsed.problems.isEmpty else {
            for problem in parsed.problems.prefix(ContactFile.maximumProblems) {
                StandardStreams.printError("notifyd: \(PrintableText.escaped("\(file):\(problem)"))")
            }
            throw CommandFailure(
                .failed,
                "\(file): nothing was imported: \(CountText.of(parsed.problems.count, "wrong line"))"
            )
        }
        if !dryRun {
            let environment = try DaemonEnvironment(loaded, logsTo: .standardError)
            try await withCommandDatabase(environment.wiring) { database in
                try await withProgress("importing", total: parsed.changes.count, json: common.json) { progress in
                    var done = 0
                    try await database.contacts.importContacts(parsed.changes) { count in
                        progress.advance(by: count - done)
                        done = count
                    }
                }
            }
        }
        let report = ContactImportReport(contacts: parsed.changes.count, imported: !dryRun)
        if common.json {
            StandardStreams.print(try JSONOutput.line(report))
        } else {
            let contacts = CountText.of(report.contacts, "contact")
            StandardStreams.print(
                dryRun ? "every line is right: \(contacts); nothing was imported (--dry-run)" : "imported \(contacts)"
            )
        }
    }
}

private struct ContactImportReport: Encodable {
    var contacts: Int
    var imported: Bool
}
