import Logging
import Telemetry

/// The parts of the program that log under a name of their own, as `log.level` takes them.
enum LogComponent: String, CaseIterable {
    /// The program as a whole: its start, its end, reloads, pauses.
    case notifyd
    /// Each notification, and what became of it.
    case pipeline
    case broker
    case database
    /// What waits in Postgres and is taken up again.
    case parked
    case smtp, twilio, file
    case otlp
    case http

    static var names: [String] { allCases.map(\.rawValue) }
}

extension LogBackend {
    func logger(_ component: LogComponent) -> Logger { logger(component.rawValue) }
}
