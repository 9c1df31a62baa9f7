/// How often the service manager wants to hear that the program advances (sd_watchdog_enabled(3)).
struct WatchdogSettings: Equatable, Sendable {
    /// After so long without a word it kills; positive.
    let interval: Duration

    /// - Returns: nil where no watchdog is wanted, or of another process than this one.
    init?(environment: [String: String], processID: Int32) {
        guard let text = environment["WATCHDOG_USEC"], let microseconds = Int64(text), microseconds > 0 else {
            return nil
        }
        if let owner = environment["WATCHDOG_PID"], !owner.isEmpty, owner != String(processID) { return nil }
        interval = .microseconds(microseconds)
    }
}
