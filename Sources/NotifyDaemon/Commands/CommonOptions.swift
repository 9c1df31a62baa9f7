import ArgumentParser
import FoundationEssentials
import Pipeline

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Configuration file in YAML.", valueName: "file"))
    var config: String?

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    /// Reads and checks the configuration.
    ///
    /// - Parameter sends: false for a command that never sends: it works without `email.from`.
    func load(sends: Bool = true) throws(ConfigurationFailure) -> LoadedConfiguration {
        let environment = ProcessInfo.processInfo.environment
        return try LoadedConfiguration.load(configFile: config, environment: environment, sends: sends)
    }

    /// The configuration and what the rooms need to work for a command.
    func environment() throws -> DaemonEnvironment {
        try DaemonEnvironment(load(), logsTo: .standardError)
    }
}

/// `--since 1h`.
struct Age: ExpressibleByArgument, Equatable {
    var duration: Duration

    init?(argument: String) {
        guard let duration = DurationText.parse(argument) else { return nil }
        self.duration = duration
    }

    /// The moment that long ago.
    func before(_ now: Date) -> Date {
        now.addingTimeInterval(-duration.seconds)
    }
}
