import Dispatch
import FoundationEssentials
import Pipeline
import Telemetry

/// What a reload may change: the catalogue, the log's levels and the retry delays, all valid or none taken.
struct Reload: Sendable {
    var catalogue: Catalogue
    var levels: LogLevels
    var schedule: RetrySchedule

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
            schedule: next.schedule
        )
    }
}
