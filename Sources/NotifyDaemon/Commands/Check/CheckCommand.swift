import ArgumentParser
import DomainEvents

/// `notifyd check`: is everything as it must be to run.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks configuration, catalogue, then each server, a line each; exits 0 only if all is well.",
        discussion: """
            Nothing is changed and nothing sent, unless --send-to asks for it. Warnings are well: 0. Otherwise the status \
            is that of the worst line: 78 before 1 before 69.

            EXAMPLES
              notifyd check --offline
              notifyd check --send-to you@ourco.example
            """
    )

    @Flag(help: "Leave out the servers.")
    var offline = false

    @Option(help: ArgumentHelp("Send a test email there.", valueName: "address"))
    var sendTo: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if offline, sendTo != nil { throw ValidationError("--send-to needs the servers that --offline leaves out") }
        if let sendTo, let problem = EmailAddress.problem(with: sendTo) {
            throw ValidationError("--send-to: \(problem)")
        }
    }

    func run() async throws {
        var report = CheckReport()
        let loaded = try common.load()
        try show(OfflineCheck.configuration(loaded, on: .read()), in: &report)
        try show(OfflineCheck.catalogue(loaded.configuration), in: &report)
        if !offline {
            let servers = try ServerCheck(loaded)
            try show(await servers.broker(), in: &report)
            try show(await servers.database(), in: &report)
            try show(await servers.providers(sendTo: sendTo.flatMap { EmailAddress($0) }), in: &report)
        }
        if let failure = report.failure { throw failure }
    }

    /// Lines are shown as they are known: a server that does not answer keeps nobody from reading the others.
    private func show(_ lines: [CheckLine], in report: inout CheckReport) throws {
        let screen = Screen.standardOutput
        for line in lines {
            report.lines.append(line)
            StandardStreams.print(common.json ? try JSONOutput.line(line) : line.text(on: screen))
        }
    }
}
