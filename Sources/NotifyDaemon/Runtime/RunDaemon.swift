import FoundationEssentials
import Pipeline

/// The work of `notifyd run`.
func runDaemon(_ loaded: LoadedConfiguration) async throws {
    let environment = try DaemonEnvironment(loaded, environment: ProcessInfo.processInfo.environment)
    defer { environment.flushLog() }
    let catalogue: Catalogue
    do {
        catalogue = try loaded.configuration.loadCatalogue()
    } catch {
        throw CommandFailure(.configuration, "catalogue: \(error)")
    }
    try await Daemon(loaded, catalogue: catalogue, environment: environment).run()
}
