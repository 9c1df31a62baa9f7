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
            EXAMPLE
              notifyd check --config /etc/notifyd/notifyd.yaml
              notifyd run
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
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let outcome = CommandOutcome(error)
            if let text = outcome.standardOutput { StandardStreams.print(text) }
            for line in outcome.standardError { StandardStreams.printError(line) }
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
