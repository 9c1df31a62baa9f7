import DomainEvents
import FoundationEssentials

@testable import Pipeline
@testable import Senders

extension FuzzTarget {
    /// Hostile values through decoder, templates and MIME: whatever an event says, it is text where it stands.
    static func rendering(_ catalogue: Catalogue) -> FuzzTarget {
        let generator = EventGenerator(types: catalogue.types.keys.sorted())
        let decoder = EventDecoder()
        return FuzzTarget("rendering", weight: 70) { random in
            HostileEvent(&random, generator)
        } check: { input in
            guard let definition = catalogue.types[input.message.routingKey] else { return }
            guard let event = try? decoder.decode(input.message, schema: definition.schema) else { return }
            let recipient = ResolvedRecipient(event: event, contact: nil).recipient
            for channel in definition.channels {
                let result = CatalogueRules.render(catalogue, definition.type, channel, event, recipient)
                try CatalogueRules.check(result, segments: catalogue.options.maximumSegments)
                guard case .success(let message) = result,
                    case .email(let subject, let html, let text) = message.content,
                    let from = try? Mailbox(parsing: "Shop <orders@ourco.example>"), let to = recipient.email
                else { continue }
                try require(!html.contains(HostileEvent.markup), "markup of an event is markup in a message")
                try require(!html.lowercased().contains("href=\"javascript"), "a script for a link")
                let mail = MailMessage(
                    from: from,
                    to: to,
                    subject: subject,
                    text: text,
                    html: html,
                    stableID: String(repeating: "a", count: 32),
                    eventID: event.eventID ?? "",
                    date: Date(timeIntervalSince1970: 0)
                )
                try MailRules.check(mail)
            }
        }
    }
}

/// An event that decodes more often than not, and whose texts are what templates must be safe from.
struct HostileEvent {
    let message: IncomingMessage

    static let markup = "<img src=x onerror=alert(1)>"

    init(_ random: inout SeededRandom, _ generator: EventGenerator) {
        guard !random.once(in: 4) else {
            message = generator.message(&random)
            return
        }
        func text(_ random: inout SeededRandom) -> String {
            let written = random.once(in: 2) ? Self.markup : TextGenerator.standard.text(&random, upTo: 400)
            // Quoted as JSON demands, so that it is the renderer that has to cope.
            var result = "\""
            for scalar in written.unicodeScalars {
                switch scalar {
                case "\"", "\\": result += "\\\(scalar)"
                case "\u{0}": continue
                case "\u{1}"..."\u{1F}":
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                default: result.unicodeScalars.append(scalar)
                }
            }
            return result + "\""
        }
        let type = random.pick(generator.types)
        var members = [
            ("paymentId", text(&random)), ("userId", text(&random)), ("email", "\"ada@example.com\""),
            ("amount", "19.99"),
            ("currency", "\"EUR\""), ("name", text(&random)), ("reason", text(&random)), ("note", text(&random)),
            ("resetUrl", "\"https://app.example.com/r?a=b&c='\""), ("phone", "\"+4915112345678\""),
            ("locale", random.pick(["\"de\"", "\"en\"", "\"ar\"", "\"tlh\""])),
            ("timezone", random.pick(["\"Europe/Berlin\"", "\"Nowhere\""])), ("expiresAt", "\"2026-11-22T15:04:05Z\""),
        ]
        if random.once(in: 3) { members.remove(at: random.below(members.count)) }
        let body = "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
        message = IncomingMessage(
            exchange: "domain-events",
            routingKey: type,
            body: Array(body.utf8),
            messageID: "evt-1",
            receivedAt: Date(timeIntervalSince1970: 1_768_469_400)
        )
    }
}
