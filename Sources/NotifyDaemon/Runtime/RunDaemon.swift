import FoundationEssentials
import Pipeline

/// The work of `notifyd run`.
func runDaemon(_ loaded: LoadedConfiguration) async throws {
    let environment = try DaemonEnvironment(loaded, logsTo: .standardOutput)
    defer { environment.flushLog() }
    let catalogue = try loaded.configuration.loadCatalogue()
    try await Daemon(loaded, catalogue: catalogue, environment: environment).run()
}
