import Logging

extension Logger.Level {
    /// The journal's `<N>` for this level (syslog(3), sd-daemon(3)).
    var syslogPriority: String {
        switch self {
        case .trace, .debug: "<7>"
        case .info: "<6>"
        case .notice: "<5>"
        case .warning: "<4>"
        case .error: "<3>"
        case .critical: "<2>"
        }
    }
}
