import ArgumentParser
import NotificationLog

/// `notifyd retain`: applies `audit.keep`.
struct RetainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retain",
        abstract: "Drops what is older than audit.keep and makes the coming months' tables; `run` does it daily.",
        discussion: """
            What waits (parked, uncertain, paused) stays, however old it is. A timer runs it where the role of the daemon
            may not: it connects by database.retentionUrl.

            EXAMPLES
              NOTIFYD_DATABASE_RETENTION_URL_FILE=/run/secrets/retention notifyd retain
            """
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let wiring = try common.environment().wiring
        switch try await wiring.retention().run() {
        case .applied(let report):
            for line in try common.json ? [JSONOutput.line(RetentionLine(report))] : Self.lines(report) {
                StandardStreams.print(line)
            }
        case .running:
            throw CommandFailure(.failed, "retain: it runs already, in a daemon or another command; nothing was done")
        case .forbidden(let role):
            throw CommandFailure(
                .failed,
                "retain: the role \(PrintableText.escaped(role)) may not apply audit.keep; set database.retentionUrl to"
                    + " one that may call the schema's retention_ functions"
            )
        }
    }

    static func lines(_ report: RetentionReport) -> [String] {
        guard !report.isEmpty else {
            return ["nothing is older than audit.keep, and the coming months have their tables"]
        }
        return report.madeTables.map { "made \($0)" } + report.removed.map { "deleted \($0.count) \($0.kind)" }
            + report.droppedTables.map { "dropped \($0)" }
    }
}

private struct RetentionLine: Encodable {
    var made: [String]
    var dropped: [String]
    var deleted: [String: Int]

    init(_ report: RetentionReport) {
        made = report.madeTables
        dropped = report.droppedTables
        deleted = Dictionary(
            report.removed.map { ($0.kind.replacing(" ", with: "_"), $0.count) },
            uniquingKeysWith: +
        )
    }
}
