import ArgumentParser

/// `notifyd publish TYPE`: domain events, each confirmed by the broker.
struct PublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publishes domain events, each confirmed by the broker.",
        discussion: """
            Each event gets a message id of its own. With --sample the fields that make the type's identity get a fresh \
            ending too, so that a sample published again is another event; --data is sent as it is.

            EXAMPLES
              notifyd publish payment.completed --sample --count 100 --rate 20
              notifyd publish user.signup --data @signup.json
            """
    )

    @Argument(help: ArgumentHelp("Event type, the routing key.", valueName: "type"))
    var type: String

    @Option(help: ArgumentHelp("The event's JSON, @FILE, or - for standard input.", valueName: "json"))
    var data: String?

    @Flag(help: "The type's sample from the catalogue.")
    var sample = false

    @Option(help: ArgumentHelp("How many events.", valueName: "n"))
    var count = 1

    @Option(help: ArgumentHelp("Events a second; without it as fast as the broker confirms.", valueName: "n"))
    var rate: Double?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (data != nil) != sample else {
            throw ValidationError("Give either --data or --sample")
        }
        guard (1...10_000_000).contains(count) else {
            throw ValidationError("--count is a number from 1 to 10000000")
        }
        if let rate, !(rate > 0 && rate <= 1_000_000) {
            throw ValidationError("--rate is a number above 0, at most 1000000")
        }
        guard (1...255).contains(type.utf8.count) else {
            throw ValidationError("The type is a routing key of 1 to 255 bytes")
        }
    }

    func run() async throws {
        let loaded = try common.load()
        let source: EventSource
        if let data {
            source = EventSource(body: try DataArgument.read(data))
            if let complaint = source.complaint { StandardStreams.printError("notifyd: warning: \(complaint)") }
        } else {
            source = try EventSource(sampleOf: type, in: loaded.configuration.loadCatalogue())
        }
        let run = PublishRun(type: type, source: source, count: count, rate: rate, printsEach: common.json)
        let summary = try await run.execute(loaded)
        guard !common.json else { return }
        StandardStreams.print(summary)
        StandardStreams.printHint("notifyd log --type \(type) shows what becomes of \(count == 1 ? "it" : "them")")
    }
}
