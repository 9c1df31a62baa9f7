import ArgumentParser
import CMalloc
import COpenSSL
import Glibc

/// The program's one entry: parses, runs one command, and turns whatever it throws into lines and a status.
@main
struct Notifyd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notifyd",
        abstract: "Turns domain events from RabbitMQ into emails and SMS, each sent once and audited.",
        discussion: """
            Results go to standard output, everything else to standard error. Tables fit the terminal and are whole in a \
            pipe or a file; --json prints one object a line, times in RFC 3339, UTC. Errors are lines on standard error, \
            with --json too. NO_COLOR, CLICOLOR=0 or TERM=dumb turn colours off. Ctrl-C ends a command with status 130.

            EXIT STATUS
              0 done, 1 failed, 64 wrong usage, 69 a server is not reachable, 78 wrong configuration

            EXAMPLES
              notifyd check --config /etc/notifyd/notifyd.yaml
              notifyd run
              notifyd log --status failed --since 1h
            """,
        version: NotifydVersion.current,
        subcommands: [
            RunCommand.self, CheckCommand.self, ConfigCommand.self, MigrateCommand.self, RetainCommand.self,
            PublishCommand.self, RenderCommand.self, LogCommand.self, WhyCommand.self, DeadLetterCommand.self,
            UncertainCommand.self, PauseCommand.self, ResumeCommand.self, ContactCommand.self, StatusCommand.self,
        ]
    )

    static func main() async {
        useOneHeap()
        keepOpenSSL()
        // A peer or a reader that goes away is an error of that write, whoever started us; see StandardStreams.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let outcome = CommandOutcome(error, arguments: Array(CommandLine.arguments.dropFirst()))
            if let text = outcome.standardOutput { StandardStreams.print(text) }
            let screen = Screen.standardError
            for line in outcome.standardError { StandardStreams.printError(screen.colored(line, .bad)) }
            Glibc.exit(outcome.status)
        }
    }

    /// glibc gives each thread a heap of its own, and what one of them freed the others do not get; nearly all work here
    /// is one thread's, so that costs memory (74 MB at full load against 59 MB) and gains nothing (the same throughput).
    private static func useOneHeap() {
        mallopt(M_ARENA_MAX, 1)
    }

    /// Otherwise `exit` takes OpenSSL apart while a thread of librabbitmq's or libpq's connect is in the middle of it: a
    /// segmentation fault in place of an exit status. The first one to initialise it decides (`OPENSSL_init_crypto(3)`).
    private static func keepOpenSSL() {
        OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil)
    }
}
