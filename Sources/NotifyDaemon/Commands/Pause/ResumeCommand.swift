import ArgumentParser
import FoundationEssentials
import NotificationLog

/// `notifyd resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Takes a pause back; what waited for it is sent, by every replica, within seconds.",
        discussion: """
            It takes back the pause of exactly this type or channel; --all takes back every pause. See notifyd pause \
            --list. Where nothing was paused it says so; that is a failure (1) only while another pause still keeps all of \
            this from being sent.

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
        if taken.isEmpty {
            try show(PauseLine(resumed, changed: false), "not paused: \(resumed.text)")
        }
        for pause in taken {
            try show(PauseLine(pause, changed: true), "resumed: \(pause.scope.text), paused \(pause.story)")
        }
        guard let above = rest.all.first(where: { $0.scope.contains(resumed) }) else { return }
        let text = "still paused: \(above.scope.text), \(above.story); notifyd resume \(above.scope.options) ends that"
        guard !taken.isEmpty else { throw CommandFailure(.failed, text) }
        StandardStreams.printError(PrintableText.escaped("notifyd: warning: \(text)"))
    }

    private func show(_ line: PauseLine, _ text: String) throws {
        StandardStreams.print(common.json ? try JSONOutput.line(line) : PrintableText.escaped(text))
    }
}
