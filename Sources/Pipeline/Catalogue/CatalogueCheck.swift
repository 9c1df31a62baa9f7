import DomainEvents
import FoundationEssentials

extension Catalogue {
    /// Renders every sample in every channel and locale, and compares it with what `expected` holds.
    ///
    /// Golden files are optional, one by one: `expected/SAMPLE.CHANNEL.LOCALE.txt` (an email's begins with `Subject: …` and an
    /// empty line) and, for an email's HTML part, `expected/SAMPLE.email.LOCALE.html`. Times in them are in
    /// `catalogue.timezone` unless the sample has its own.
    ///
    /// - Parameter decoder: with the link policy of the configuration.
    /// - Returns: errors and warnings, ordered by file and line; empty when all is well.
    public func check(decoder: EventDecoder = EventDecoder()) -> [CatalogueProblem] {
        var problems = warnings
        for definition in types.values {
            var check = TypeCheck(catalogue: self, definition: definition, decoder: decoder)
            check.run()
            problems += check.problems
        }
        return problems.sorted { ($0.file, $0.line ?? 0, $0.message) < ($1.file, $1.line ?? 0, $1.message) }
    }

    /// A sample as the event it would be, received at `Catalogue.sampleTime` and with a fixed message id.
    public func sampleEvent(
        type: String,
        sample: String,
        decoder: EventDecoder = EventDecoder()
    ) throws(EventRejection) -> DomainEvent? {
        guard let definition = types[type], let body = definition.samples[sample] else { return nil }
        let message = IncomingMessage(
            exchange: "samples",
            routingKey: type,
            body: body,
            messageID: "sample-\(sample)",
            receivedAt: Self.sampleTime
        )
        return try decoder.decode(message, schema: definition.schema)
    }

    /// 2026-01-15T09:30:00Z.
    public static let sampleTime = Date(timeIntervalSince1970: 1_768_469_400)
}
