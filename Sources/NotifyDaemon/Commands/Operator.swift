import FoundationEssentials
import Glibc

/// Who runs a command, for `operator_action`.
enum Operator {
    /// The user who called sudo, else the process's user, at this host.
    static var current: String {
        let environment = ProcessInfo.processInfo.environment
        let name = environment["SUDO_USER"] ?? environment["USER"] ?? environment["LOGNAME"] ?? "uid \(getuid())"
        return "\(name)@\(ProcessInfo.processInfo.hostName)"
    }
}
