import ArgumentParser
import NotificationLog

/// `notifyd migrate`: brings the schema up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Brings the database schema up to date; `run` does it too unless database.migrate is false.",
        discussion: """
            Each step is a transaction of its own under a lock, so several may run this at once. It connects as \
            database.migrationUrl. With --print nothing is connected to.

            EXAMPLES
              notifyd migrate
              notifyd migrate --print > schema.sql
            """
    )

    @OptionGroup var common: CommonOptions

    @Flag(name: .customLong("print"), help: "Print the SQL and change nothing.")
    var printsSQL = false

    func run() async throws {
        if printsSQL { return try printScript() }
        let wiring = try common.environment().wiring
        let schema = wiring.configuration.database.schema
        let applied = try await withProgress("migrating", total: Migration.all.count, json: common.json) { progress in
            try await wiring.migrator().migrate(onStep: { progress.advance() })
        }
        if common.json {
            StandardStreams.print(try JSONOutput.line(MigrationReport(schema: schema, applied: applied)))
        } else if applied.isEmpty {
            StandardStreams.print("schema \(schema) is up to date")
        } else {
            let versions = applied.map(String.init).joined(separator: ", ")
            StandardStreams.print("schema \(schema): applied version\(applied.count == 1 ? "" : "s") \(versions)")
        }
    }

    private func printScript() throws {
        let schema = try common.load(sends: false).configuration.database.schema
        let sql = Migration.script(schema: schema)
        StandardStreams.print(common.json ? try JSONOutput.line(MigrationScript(schema: schema, sql: sql)) : sql)
    }
}

private struct MigrationScript: Encodable {
    var schema: String
    var sql: String
}

private struct MigrationReport: Encodable {
    var schema: String
    var applied: [Int]
}
