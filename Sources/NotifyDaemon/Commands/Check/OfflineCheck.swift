import DomainEvents
import Pipeline

/// What can be checked without any server: the configuration, and the catalogue with all its samples.
enum OfflineCheck {
    /// A configuration that is wrong in itself never gets here; what is left is the machine, and warnings.
    static func configuration(_ loaded: LoadedConfiguration, on limits: MachineLimits) -> [CheckLine] {
        let machine = MachineChecks(loaded, limits)
        let wrong = machine.problems.map { CheckLine("configuration", .misconfigured, $0.description) }
        let source = CheckLine("configuration", .ok, loaded.file ?? "no file: defaults and environment")
        return (wrong.isEmpty ? [source] : wrong)
            + (loaded.warnings + machine.warnings).map { CheckLine("configuration", .warning, $0) }
    }

    static func catalogue(_ configuration: NotifydConfiguration) -> [CheckLine] {
        let catalogue: Catalogue
        do {
            catalogue = try configuration.loadCatalogue()
        } catch {
            return error.problems.map { CheckLine("catalogue", .misconfigured, $0.description) }
        }
        let problems = catalogue.check(decoder: EventDecoder(links: configuration.linkPolicy))
        let lines = problems.map { problem in
            CheckLine("catalogue", problem.severity == .warning ? .warning : .misconfigured, problem.description)
        }
        guard lines.allSatisfy({ $0.state == .warning }) else { return lines }
        let types = catalogue.types.keys.sorted().joined(separator: ", ")
        let place = configuration.catalogue.path.map { "built-in and \($0)" } ?? "built-in"
        return [CheckLine("catalogue", .ok, "\(place): \(types)")] + lines
    }
}
