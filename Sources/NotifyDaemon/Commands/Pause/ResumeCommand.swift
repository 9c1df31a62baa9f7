import ArgumentParser
import FoundationEssentials
import NotificationLog

/// `notifyd resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Takes a pause back; what waited for it is sent, by every replica, within seconds.",
        discussion: """
            It takes back the pause of exactly this type, channel or all; see notifyd pause --list. Where nothing was \
            paused it says so; that is a failure (1) only while another pause still keeps all of this from being sent.

            EXAMPLES
              notifyd resume --type payment.completed --channel sms
              notifyd resume --all
            """
    )

    @OptionGroup var scope: PauseScopeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        try scope.validate()
    }

    func run() async throws {
        let resumed = scope.scope
        let note = OperatorNote(who: Operator.current, filter: resumed.options)
        let (taken, rest) = try await withCommandDatabase(common.environment().wiring) { database in
            let taken = try await database.pauses.resume(resumed, note: note)
            return (taken, try await database.pauses.current())
        }
        if common.json {
            let line = taken.map { PauseLine($0, changed: true) } ?? PauseLine(resumed, changed: false)
            StandardStreams.print(try JSONOutput.line(line))
        } else if let taken {
            StandardStreams.print(PrintableText.escaped("resumed: \(resumed.text), paused \(taken.story)"))
        } else {
            StandardStreams.print(PrintableText.escaped("not paused: \(resumed.text)"))
        }
        guard let above = rest.all.first(where: { $0.scope.contains(resumed) }) else { return }
        let text = "still paused: \(above.scope.text), \(above.story); notifyd resume \(above.scope.options) ends that"
        guard taken != nil else { throw CommandFailure(.failed, text) }
        StandardStreams.printError(PrintableText.escaped("notifyd: warning: \(text)"))
    }
}
