import FoundationEssentials
import Logging
import Pipeline

/// The work of `notifyd run`.
func runDaemon(_ loaded: LoadedConfiguration) async throws {
    let machine = MachineChecks(loaded, .read())
    guard machine.problems.isEmpty else { throw ConfigurationFailure(problems: machine.problems) }
    MachineLimits.raiseDescriptors(to: MachineChecks.neededDescriptors(loaded.configuration))
    let environment = try DaemonEnvironment(loaded, logsTo: .standardOutput)
    defer { environment.flushLog() }
    let logger = environment.logs.logger(.notifyd)
    for warning in machine.warnings { logger.warning("machine", metadata: ["error": .string(warning)]) }
    let catalogue = try loaded.configuration.loadCatalogue()
    try await Daemon(loaded, catalogue: catalogue, environment: environment).run()
}
