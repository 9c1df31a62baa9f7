import DomainEvents

/// Checks one type by its samples.
struct TypeCheck {
    private let catalogue: Catalogue
    private let definition: NotificationDefinition
    private let decoder: EventDecoder
    private(set) var problems: [CatalogueProblem] = []
    /// Golden files that a sample belongs to.
    private var compared: Set<String> = []

    init(catalogue: Catalogue, definition: NotificationDefinition, decoder: EventDecoder) {
        self.catalogue = catalogue
        self.definition = definition
        self.decoder = decoder
    }

    mutating func run() {
        if definition.samples.isEmpty {
            report("notification.yaml", "no samples/default.json: nothing can be checked", severity: .warning)
        }
        for sample in definition.samples.keys.sorted() { check(sample) }
        for path in catalogue.expected.keys.sorted()
        where path.hasPrefix("\(definition.type)/") && !compared.contains(path) {
            report(path.dropFirst(definition.type.count + 1), "no sample, channel and locale that this is expected of")
        }
        problems += VariableReview(catalogue: catalogue, definition: definition, decoder: decoder).warnings
    }

    private mutating func check(_ sample: String) {
        let path = "samples/\(sample).json"
        do {
            let event = try catalogue.sampleEvent(type: definition.type, sample: sample, decoder: decoder(of: path))
            guard let event else { return }
            for channel in definition.channels {
                for locale in catalogue.templates[definition.type]?.locales(channel) ?? [] {
                    check(sample, path, event, channel, locale)
                }
            }
        } catch {
            report(path, "the event would be rejected: \(error)\(advice(on: path))")
        }
    }

    /// A built-in sample cannot know the fields of a `notification.yaml` of the user's.
    private func advice(on path: String) -> String {
        guard catalogue.isBuiltIn("\(definition.type)/\(path)"),
            !catalogue.isBuiltIn("\(definition.type)/notification.yaml")
        else { return "" }
        return "; put a samples/default.json of yours beside your notification.yaml"
    }

    /// The built-in samples link to hosts of examples, which `links.hosts` is not to list for their sake.
    private func decoder(of path: String) -> EventDecoder {
        guard catalogue.isBuiltIn("\(definition.type)/\(path)") else { return decoder }
        return EventDecoder(links: LinkPolicy(passwordReset: decoder.links.passwordReset))
    }

    private mutating func check(
        _ sample: String,
        _ path: String,
        _ event: DomainEvent,
        _ channel: Channel,
        _ locale: String
    ) {
        do {
            let recipient = Recipient(sample: event, locale: locale)
            let message = try catalogue.render(
                type: definition.type,
                channel: channel,
                event: event,
                recipient: recipient
            )
            let name = "expected/\(sample).\(channel).\(locale)"
            switch message.content {
            case .email(let subject, let html, let text):
                compare("\(name).txt", "Subject: \(subject)\n\n\(text)")
                compare("\(name).html", html)
            case .sms(let text, _): compare("\(name).txt", text)
            }
        } catch {
            report(path, "\(channel) in \(locale): \(error)")
        }
    }

    /// Compares line by line, the line breaks at the end apart.
    private mutating func compare(_ path: String, _ rendered: String) {
        guard let golden = catalogue.expected["\(definition.type)/\(path)"] else { return }
        compared.insert(golden.path)
        guard let text = golden.text(problems: &problems) else { return }
        let expected = Self.lines(text)
        let found = Self.lines(rendered)
        guard
            let line = (0..<max(expected.count, found.count)).first(where: { index in
                (index < expected.count ? expected[index] : nil) != (index < found.count ? found[index] : nil)
            })
        else { return }
        let wanted = line < expected.count ? "\"\(expected[line].prefix(120))\"" : "no such line"
        let shown = line < found.count ? "\"\(found[line].prefix(120))\"" : "missing"
        report(path, "expected \(wanted), is \(shown)", line: line + 1)
    }

    private static func lines(_ text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private mutating func report(
        _ path: some StringProtocol,
        _ message: String,
        line: Int? = nil,
        severity: CatalogueProblem.Severity = .error
    ) {
        let full = "\(definition.type)/\(path)"
        let file = catalogue.fileNames[full] ?? full
        problems.append(CatalogueProblem(severity: severity, file: file, line: line, message: message))
    }
}

extension Recipient {
    /// The recipient a sample describes, who reads in `locale`.
    public init(sample event: DomainEvent, locale: String) {
        self.init(
            id: event.recipientID,
            email: event.contact.email.value.flatMap { EmailAddress($0) },
            phone: event.contact.phone.value.flatMap { PhoneNumber($0) },
            name: event.contact.name.value,
            locale: locale,
            timezone: event.contact.timezone.value
        )
    }
}
