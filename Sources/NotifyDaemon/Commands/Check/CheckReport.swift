/// One line of `notifyd check`.
struct CheckLine: Encodable, Equatable {
    enum State: String, Encodable {
        case ok, warning, failed
        /// A server that is away: status 69.
        case unreachable
        /// Wrong configuration: status 78.
        case misconfigured
    }

    var component: String
    var state: State
    var detail: String

    init(_ component: String, _ state: State, _ detail: String) {
        self.component = component
        self.state = state
        self.detail = detail
    }

    /// For people; lines come one by one, so these columns have widths that suit all.
    func text(on screen: Screen) -> String {
        let name = state.rawValue
        let word = screen.colored(name, tone) + name.padding(to: 15)
        return component + component.padding(to: 15) + word + PrintableText.escaped(detail)
    }

    private var tone: Tone {
        switch state {
        case .ok: .good
        case .warning: .warning
        case .failed, .unreachable, .misconfigured: .bad
        }
    }
}

/// All lines of one check, and what they come to.
struct CheckReport: Equatable {
    var lines: [CheckLine] = []

    /// Nil when all is well; warnings are well. Wrong configuration weighs more than a server that is away.
    var failure: CommandFailure? {
        let states: [(CheckLine.State, ExitStatus)] = [
            (.misconfigured, .configuration), (.failed, .failed), (.unreachable, .unavailable),
        ]
        for (state, status) in states {
            let components = lines.filter { $0.state == state }.map(\.component)
            guard components.isEmpty else {
                let names = components.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
                return CommandFailure(status, "check: not all is well: see \(names.joined(separator: ", ")) above")
            }
        }
        return nil
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        String(repeating: " ", count: max(1, width - count))
    }
}
