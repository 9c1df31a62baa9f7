import ArgumentParser
import DomainEvents
import FoundationEssentials
import Pipeline
import Senders

/// `notifyd render TYPE`: what the recipient would read.
struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Prints a notification made of its sample or of an event of yours; sends nothing.",
        discussion: """
            Without --data it is the type's sample default. --eml is the message as it goes to the SMTP server.

            EXAMPLES
              notifyd render payment.completed --channel email --locale de
              notifyd render user.signup --eml > signup.eml
            """
    )

    @Argument(help: ArgumentHelp("Event type.", valueName: "type"))
    var type: String

    @Option(help: "email or sms; without it every channel of the type.")
    var channel: Channel?

    @Option(help: "The recipient's locale, e.g. de-AT.")
    var locale: String?

    @Option(
        help: ArgumentHelp(
            "The event's JSON, @FILE, or - for standard input; without it the sample.",
            valueName: "json"
        )
    )
    var data: String?

    @Flag(help: "The full MIME message of the email.")
    var eml = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if eml, channel == .sms { throw ValidationError("--eml is for the channel email") }
        if eml, common.json { throw ValidationError("--eml and --json exclude each other") }
    }

    func run() async throws {
        let configuration = try common.load(sends: false).configuration
        let catalogue = try configuration.loadCatalogue()
        let event = try readEvent(catalogue, configuration)
        let channels = eml ? [.email] : channel.map { [$0] } ?? catalogue.types[type]?.channels ?? []
        let recipient = Recipient(
            sample: event,
            locale: locale ?? event.contact.locale.value ?? catalogue.options.locale
        )
        for (index, channel) in channels.enumerated() {
            let rendered = try catalogue.render(type: type, channel: channel, event: event, recipient: recipient)
            if eml {
                StandardStreams.printBytes(try mail(rendered.content, event, recipient, configuration))
            } else if common.json {
                StandardStreams.print(try JSONOutput.line(RenderReport(type, channel, rendered)))
            } else {
                if index > 0 { StandardStreams.print("") }
                for line in RenderReport(type, channel, rendered).lines { StandardStreams.print(line) }
            }
        }
    }

    private func readEvent(_ catalogue: Catalogue, _ configuration: NotifydConfiguration) throws -> DomainEvent {
        guard let definition = catalogue.types[type] else {
            let nearest =
                NearestName.of(type, among: catalogue.types.keys.sorted()).map { "; the nearest is \($0)" } ?? ""
            throw CommandFailure(.failed, "\(type) is not in the catalogue\(nearest)")
        }
        let decoder = EventDecoder(links: configuration.linkPolicy)
        do {
            if let data {
                let body = try DataArgument.read(data)
                let message = IncomingMessage(
                    exchange: configuration.rabbitmq.exchange,
                    routingKey: type,
                    body: body,
                    messageID: "render",
                    receivedAt: Date.now
                )
                return try decoder.decode(message, schema: definition.schema)
            }
            guard let event = try catalogue.sampleEvent(type: type, sample: "default", decoder: decoder) else {
                throw CommandFailure(.failed, "\(type) has no samples/default.json; give the event with --data")
            }
            return event
        } catch let rejection as EventRejection {
            throw CommandFailure(.failed, "\(type): \(rejection.code.rawValue): \(rejection.message)")
        }
    }

    private func mail(
        _ content: RenderedContent,
        _ event: DomainEvent,
        _ recipient: Recipient,
        _ configuration: NotifydConfiguration
    ) throws -> [UInt8] {
        guard case .email(let subject, let html, let text) = content else { return [] }
        guard let address = recipient.email ?? EmailAddress("recipient@example.com") else { return [] }
        let message = MailMessage(
            from: try configuration.email.from ?? Mailbox(parsing: "notifyd@localhost"),
            replyTo: configuration.email.replyTo,
            to: address,
            subject: subject,
            text: text,
            html: html,
            stableID: "render",
            eventID: event.eventID ?? "render",
            date: event.occurredAt
        )
        return message.encoded()
    }
}

extension Channel: ExpressibleByArgument {}
