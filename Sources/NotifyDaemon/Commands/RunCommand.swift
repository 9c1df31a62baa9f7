import ArgumentParser
import Glibc
import Telemetry

/// `notifyd run`: the daemon.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "The daemon: consumes events and sends notifications until SIGTERM or SIGINT.",
        discussion: """
            Waits for servers that are away; only wrong usage and wrong configuration end it. The log is on standard \
            output, in the format of log.format; --json is log.format json. SIGTERM and SIGINT drain, a second one stops \
            at once; SIGHUP reloads.

            EXAMPLES
              notifyd run --config /etc/notifyd/notifyd.yaml
              NOTIFYD_EMAIL_PROVIDERS=file notifyd run
            """
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        // Whoever sends one now wants the configuration read, which is what comes next; by default it would end us.
        signal(SIGHUP, SIG_IGN)
        var loaded = try common.load()
        if common.json { loaded.configuration.log.format = .json }
        try await runDaemon(loaded)
    }
}
