/// The line that `systemctl status` shows of the program: whether it consumes, and what keeps it from that.
struct SystemdStatus: Equatable, Sendable {
    enum Phase: Equatable, Sendable {
        case starting, running, reloading, draining
    }

    /// Where the broker and the database are, by component.
    let servers: [String: String]
    var phase = Phase.starting
    var standings: [String: HealthBoard.Status] = [:]
    /// Why the last reload was refused; nil once one was taken.
    var refusal: String?
    /// Why the watchdog is not fed.
    var stuck: String?

    var text: String {
        var parts = [head]
        if phase != .draining {
            let down = notWorking
            if !down.isEmpty { parts.append("down: " + down.joined(separator: ", ")) }
            if let refusal { parts.append("reload refused, all is as before: \(refusal)") }
        }
        if let stuck { parts.append("stuck: \(stuck)") }
        return parts.joined(separator: "; ")
    }

    private var head: String {
        switch phase {
        case .draining: return "draining"
        case .reloading: return "reloading"
        case .starting, .running: break
        }
        if standings[HealthBoard.consumer] == .up { return "consuming from \(named(HealthBoard.broker))" }
        let away = Self.needed.filter { standings[$0] == .down }
        guard away.isEmpty else { return "waiting for " + away.map(named).joined(separator: " and ") }
        return phase == .starting ? "starting" : "not consuming"
    }

    /// Without these nothing is consumed.
    private static let needed = [HealthBoard.broker, HealthBoard.database]

    /// Everything else that does not work, in an order that stays.
    private var notWorking: [String] {
        standings.filter { $1 == .down && $0 != HealthBoard.consumer && !Self.needed.contains($0) }.keys.sorted()
    }

    private func named(_ component: String) -> String {
        servers[component].map { "\(component) \($0)" } ?? component
    }
}
