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

    /// Reads files, so it runs on a thread of Dispatch's.
    static func read(_ file: String?, wiring: Wiring) async throws -> Reload {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try readNow(file, wiring) }) }
        }
    }

    private static func readNow(_ file: String?, _ wiring: Wiring) throws -> Reload {
        let environment = ProcessInfo.processInfo.environment
        let loaded = try LoadedConfiguration.load(configFile: file, environment: environment)
        let next = Wiring(configuration: loaded.configuration, reactor: wiring.reactor, engine: wiring.engine)
        let log = loaded.configuration.log
        return Reload(
            catalogue: try loaded.configuration.loadCatalogue(),
            levels: log.levels,
            schedule: next.schedule,
            rates: rates(in: loaded.configuration)
        )
    }

    private static func rates(in configuration: NotifydConfiguration) -> [String: Double?] {
        var rates: [String: Double?] = [:]
        for provider in configuration.smtp { rates.updateValue(provider.rate, forKey: provider.name) }
        if let twilio = configuration.twilio { rates.updateValue(twilio.rate, forKey: "twilio") }
        return rates
    }
}
