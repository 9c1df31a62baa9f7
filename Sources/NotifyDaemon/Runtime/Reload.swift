import Dispatch
import FoundationEssentials
import Pipeline
import Telemetry

/// What a reload may change: the catalogue, the log's levels, the rates and the retry delays, all valid or none taken.
struct Reload: Sendable {
    var catalogue: Catalogue
    var levels: LogLevels
    var schedule: RetrySchedule
    /// Messages a second, by provider; nil: no limit.
    var rates: [String: Double?]
    /// Keys with another value than the one in force, which stays there.
    var keysForRestart: [String]

    /// Reads files, so it runs on a thread of Dispatch's.
    ///
    /// - Parameter running: what the program was started with.
    static func read(_ running: LoadedConfiguration, wiring: Wiring) async throws -> Reload {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try readNow(running, wiring) }) }
        }
    }

    private static func readNow(_ running: LoadedConfiguration, _ wiring: Wiring) throws -> Reload {
        let environment = ProcessInfo.processInfo.environment
        let loaded = try LoadedConfiguration.load(configFile: running.file, environment: environment)
        let next = Wiring(configuration: loaded.configuration, reactor: wiring.reactor, engine: wiring.engine)
        let log = loaded.configuration.log
        return Reload(
            catalogue: try loaded.configuration.loadCatalogue(),
            levels: log.levels,
            schedule: next.schedule,
            rates: rates(in: loaded.configuration),
            keysForRestart: keysForRestart(from: running, to: loaded)
        )
    }

    /// Keys that differ and that only a restart takes over, by name.
    static func keysForRestart(from running: LoadedConfiguration, to next: LoadedConfiguration) -> [String] {
        Set(running.choices.keys).union(next.choices.keys)
            .filter { running.choices[$0] != next.choices[$0] && !isTakenOver($0) }
            .sorted()
    }

    /// `sms.maxSegments` is a rule of the catalogue's.
    private static func isTakenOver(_ key: String) -> Bool {
        key.hasPrefix("catalogue.") || key.hasSuffix(".rate")
            || ["log.level", "retry.delays", "sms.maxSegments"].contains(key)
    }

    private static func rates(in configuration: NotifydConfiguration) -> [String: Double?] {
        var rates: [String: Double?] = [:]
        for provider in configuration.smtp { rates.updateValue(provider.rate, forKey: provider.name) }
        if let twilio = configuration.twilio { rates.updateValue(twilio.rate, forKey: "twilio") }
        return rates
    }
}
