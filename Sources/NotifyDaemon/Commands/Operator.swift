import FoundationEssentials
import Glibc

/// Who runs a command, for `operator_action`.
enum Operator {
    /// The user who called sudo, else the process's user, at this host.
    static var current: String {
        let environment = ProcessInfo.processInfo.environment
        let name = name(environment, account: account) ?? "uid \(getuid())"
        return "\(name)@\(ProcessInfo.processInfo.hostName)"
    }

    /// - Parameters:
    ///   - environment: the process's variables, which a service or a container may not have.
    ///   - account: the name of the process's user.
    static func name(_ environment: [String: String], account: String?) -> String? {
        let names = [environment["SUDO_USER"], environment["USER"], environment["LOGNAME"], account]
        return names.compactMap(\.self).first { !$0.isEmpty }
    }

    /// By the system's list of users; nil: it is not in there, as in many containers.
    private static var account: String? {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return nil }
        return String(cString: name)
    }
}
