import ArgumentParser
import FoundationEssentials
import NotificationLog
import Pipeline

/// `notifyd why ID`: the whole story of an event.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "One event's or notification's whole story, oldest first.",
        discussion: """
            Takes an event's id, a notification's id or a dedupe key. Addresses are masked; bodies are not shown.

            EXAMPLES
              notifyd why evt-4711
              notifyd why paymentId:p-1 --json
            """
    )

    @Argument(help: ArgumentHelp("An event's or notification's id, or a dedupe key.", valueName: "id"))
    var id: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let wiring = try common.environment().wiring
        // A catalogue in trouble hides only what has no row in the log yet.
        let types = (try? wiring.configuration.loadCatalogue())?.types.keys.sorted() ?? []
        let stories = try await withCommandDatabase(wiring) { database in
            try await database.stories.stories(of: id, eventTypes: types)
        }
        guard !stories.isEmpty else {
            throw CommandFailure(
                .failed,
                "nothing is known of \(id): no event, notification or dead letter has that id"
            )
        }
        for (index, story) in stories.enumerated() {
            let report = StoryReport(story)
            if common.json {
                for entry in report.entries { StandardStreams.print(try JSONOutput.line(entry)) }
            } else {
                if index > 0 { StandardStreams.print("") }
                for line in report.lines { StandardStreams.print(PrintableText.escaped(line)) }
            }
        }
    }
}
