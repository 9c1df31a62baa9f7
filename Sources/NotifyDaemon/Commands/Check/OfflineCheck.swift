import DomainEvents
import Pipeline

/// What can be checked without any server: the configuration, and the catalogue with all its samples.
enum OfflineCheck {
    /// A configuration that is wrong never gets here; what is left are warnings.
    static func configuration(_ loaded: LoadedConfiguration) -> [CheckLine] {
        let source = loaded.file ?? "no file: defaults and environment"
        return [CheckLine("configuration", .ok, source)]
            + loaded.configuration.warnings.map { CheckLine("configuration", .warning, $0) }
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
