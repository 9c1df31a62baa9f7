import Pipeline

/// The work of `notifyd run`.
func runDaemon(_ loaded: LoadedConfiguration) async throws {
    let machine = MachineChecks(loaded, .read())
    guard machine.problems.isEmpty else { throw ConfigurationFailure(problems: machine.problems) }
    MachineLimits.raiseDescriptors(to: MachineChecks.neededDescriptors(loaded.configuration))
    let environment = try DaemonEnvironment(loaded, logsTo: .standardOutput)
    defer { environment.flushLog() }
    let catalogue = try loaded.configuration.loadCatalogue()
    let daemon = try Daemon(loaded, catalogue: catalogue, environment: environment)
    try await daemon.run(warnings: machine.warnings)
}
