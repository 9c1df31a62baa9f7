import ArgumentParser

/// `notifyd run`: the daemon.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "The daemon: consumes events and sends notifications until SIGTERM or SIGINT.",
        discussion: """
            Waits for servers that are away; only wrong usage and wrong configuration end it.

            EXAMPLE
              notifyd run --config /etc/notifyd/notifyd.yaml
            """
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await runDaemon(common.load())
    }
}
