import ArgumentParser
import FoundationEssentials
import NotificationLog
import Pipeline

/// `notifyd pause`.
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Stops sending by event type, channel, or altogether; every replica follows within a second.",
        discussion: """
            Events are still taken from the queue; their notifications wait, parked, until notifyd resume. A send that \
            has begun is finished. Pausing what is paused changes nothing.

            EXAMPLES
              notifyd pause --type payment.completed --channel sms --reason 'wrong amounts'
              notifyd pause --list
            """
    )

    @OptionGroup var scope: PauseScopeOptions

    @Option(help: "Why, for whoever finds it paused.")
    var reason: String?

    @Flag(help: "Show what is paused, and change nothing.")
    var list = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if list {
            guard scope.isEmpty, reason == nil else { throw ValidationError("--list stands alone") }
        } else {
            try scope.validate(or: "; --list shows what is paused")
        }
    }

    func run() async throws {
        let wiring = try common.environment().wiring
        try await withCommandDatabase(wiring) { database in
            if list { return try show(try await database.pauses.current()) }
            if let type = scope.type { Self.warn(ofUnknown: type, wiring) }
            let note = OperatorNote(who: Operator.current, filter: scope.scope.options, reason: reason)
            let existing = try await database.pauses.pause(scope.scope, note: note)
            try report(existing)
        }
    }

    private func show(_ pauses: PauseSet) throws {
        let lines = pauses.all.map { PauseLine($0) }
        if common.json {
            for line in lines { StandardStreams.print(try JSONOutput.line(line)) }
        } else if lines.isEmpty {
            StandardStreams.printNote("nothing is paused")
        } else {
            StandardStreams.print(PauseLine.table(lines))
        }
    }

    private func report(_ existing: Pause?) throws {
        let paused = scope.scope
        if common.json {
            let line = existing.map { PauseLine($0, changed: false) } ?? PauseLine(paused, changed: true)
            StandardStreams.print(try JSONOutput.line(line))
        } else if let existing {
            StandardStreams.print(PrintableText.escaped("already paused: \(paused.text), \(existing.story)"))
        } else {
            let text = "paused: \(paused.text); notifyd resume \(paused.options) goes on"
            StandardStreams.print(PrintableText.escaped(text))
        }
    }

    /// Another replica's catalogue may know it, so this is no error.
    private static func warn(ofUnknown type: String, _ wiring: Wiring) {
        guard let catalogue = try? wiring.configuration.loadCatalogue(), catalogue.types[type] == nil else { return }
        let nearest = NearestName.of(type, among: catalogue.types.keys.sorted()).map { "; the nearest is \($0)" } ?? ""
        let text = "notifyd: warning: \(type) is not in this catalogue\(nearest)"
        StandardStreams.printError(PrintableText.escaped(text))
    }
}
