import ArgumentParser
import FoundationEssentials
import NotificationLog

/// `notifyd uncertain resolve ID…`.
struct UncertainResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Ends what is uncertain: it was sent, or it is sent again.",
        discussion: """
            An event's id stands for all its uncertain notifications. Works while the daemon is down, which sends again \
            when it is back.

            EXAMPLES
              notifyd uncertain resolve 0190f7a4-5c1e-7b1f-9a43-0c2f6f1f7d11 --sent
              notifyd uncertain resolve evt-4711 evt-4712 --resend
            """
    )

    @Argument(help: ArgumentHelp("Ids of notifications or events.", valueName: "id"))
    var ids: [String]

    @Flag(help: "It arrived: record it as sent.")
    var sent = false

    @Flag(help: "Send it again, and count that in resend_count.")
    var resend = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard sent != resend else { throw ValidationError("give one of --sent and --resend") }
    }

    func run() async throws {
        let resolution: UncertainResolution = sent ? .sent : .resend
        let note = OperatorNote(who: Operator.current, filter: "--\(resolution.rawValue)")
        let outcomes = try await withCommandDatabase(common.environment().wiring) { database in
            try await database.uncertain.resolve(ids, as: resolution, note: note)
        }
        for outcome in outcomes where outcome.skip == nil || common.json {
            let line = UncertainOutcomeLine(outcome, resolution)
            StandardStreams.print(common.json ? try JSONOutput.line(line) : line.text)
        }
        let skipped = outcomes.filter { $0.skip != nil }
        guard skipped.isEmpty else {
            let list = skipped.map { "\($0.term) (\($0.skip?.text ?? ""))" }.joined(separator: ", ")
            throw CommandFailure(.failed, "not resolved: \(list); see notifyd uncertain list")
        }
    }
}

/// What came of one id.
private struct UncertainOutcomeLine: Encodable {
    var id: String
    /// `sent`, `resend` or `skipped`.
    var outcome: String
    var notifications: [String]
    var reason: String?

    init(_ result: UncertainOutcome, _ resolution: UncertainResolution) {
        id = result.term
        outcome = result.skip == nil ? resolution.rawValue : "skipped"
        notifications = result.resolved.map { $0.uuidString.lowercased() }
        reason = result.skip?.text
    }

    var text: String {
        let ending = outcome == "sent" ? "recorded as sent" : "to be sent again, due now"
        return "\(PrintableText.escaped(id)): \(ending): \(notifications.joined(separator: ", "))"
    }
}

extension UncertainOutcome.Skip {
    fileprivate var text: String {
        switch self {
        case .missing: "nothing is known under this id"
        case .bodyGone: "its body is gone, only --sent can end it"
        case .other(let status): "it is \(status), not uncertain"
        }
    }
}
