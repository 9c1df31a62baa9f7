import ArgumentParser
import NotificationLog

/// `notifyd migrate`: brings the schema up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Brings the database schema up to date; `run` does it too unless database.migrate is false.",
        discussion: """
            EXAMPLE
              notifyd migrate --print > schema.sql
            """
    )

    @OptionGroup var common: CommonOptions

    @Flag(name: .customLong("print"), help: "Print the SQL and change nothing.")
    var printsSQL = false

    func run() async throws {
        if printsSQL {
            StandardStreams.print(Migration.script(schema: try common.load().configuration.database.schema))
            return
        }
        let wiring = try common.environment().wiring
        let schema = wiring.configuration.database.schema
        let applied = try await wiring.migrator().migrate()
        if common.json {
            StandardStreams.print(try JSONOutput.line(MigrationReport(schema: schema, applied: applied)))
        } else if applied.isEmpty {
            StandardStreams.print("schema \(schema) is up to date")
        } else {
            let versions = applied.map(String.init).joined(separator: ", ")
            StandardStreams.print("schema \(schema): applied version \(versions)")
        }
    }
}

private struct MigrationReport: Encodable {
    var schema: String
    var applied: [Int]
}
