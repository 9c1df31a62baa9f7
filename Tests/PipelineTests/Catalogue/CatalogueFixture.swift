import DomainEvents
import FoundationEssentials

@testable import Pipeline

/// A small catalogue made of texts: one type, `order.shipped`, and whatever a test adds or replaces.
struct CatalogueFixture {
    static let type = "order.shipped"

    var files: [String: String] = [
        "_shared/layout.html.mustache":
            "<html lang=\"{{lang}}\"><title>{{subject}}</title><body>{{content}}</body></html>",
        "_shared/layout.txt.mustache": "{{content}}",
        "order.shipped/notification.yaml": """
        description: An order is on its way
        category: transactional
        channels: [email, sms]
        fields: {orderId: id, amount: money(currency)?, currency: currency?, note: text?, link: url?, at: time?, items: list?}
        """,
        "order.shipped/email.en.md": "---\nsubject: \"Order {{orderId}}\"\n---\nIt is on its way.\n",
        "order.shipped/sms.en.txt": "Order {{orderId}} is on its way.\n",
        "order.shipped/samples/default.json": #"{"orderId": "A-1"}"#,
    ]
    var options = CatalogueOptions()

    /// With a body of the English email.
    init(email body: String? = nil, subject: String = "Order", sms: String? = nil) {
        if let body { self["email.en.md"] = "---\nsubject: \"\(subject)\"\n---\n\(body)\n" }
        if let sms { self["sms.en.txt"] = sms }
    }

    subscript(name: String) -> String? {
        get { files["order.shipped/\(name)"] }
        set { files["order.shipped/\(name)"] = newValue }
    }

    func load() throws(CatalogueError) -> Catalogue {
        var sources: [String: SourceFile] = [:]
        for (path, text) in files { sources[path] = SourceFile(path: path, name: path, bytes: Array(text.utf8)) }
        return try CatalogueLoader(files: sources, options: options).load()
    }

    /// The problems that loading ends with, as an operator reads them.
    func loadProblems() -> [String] {
        do {
            _ = try load()
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    // MARK: Rendering

    func email(
        _ payload: [String: JSONValue] = [:],
        fields: [String: FieldValue] = [:],
        recipient: Recipient = Recipient()
    ) throws -> (subject: String, html: String, text: String) {
        let rendered = try render(.email, payload, fields: fields, recipient: recipient)
        guard case .email(let subject, let html, let text) = rendered.content else { throw NotAnEmail() }
        return (subject, html, text)
    }

    func sms(
        _ payload: [String: JSONValue] = [:],
        fields: [String: FieldValue] = [:],
        recipient: Recipient = Recipient()
    ) throws -> String {
        let rendered = try render(.sms, payload, fields: fields, recipient: recipient)
        guard case .sms(let text, _) = rendered.content else { throw NotAnEmail() }
        return text
    }

    func render(
        _ channel: Channel,
        _ payload: [String: JSONValue] = [:],
        fields: [String: FieldValue] = [:],
        recipient: Recipient = Recipient()
    ) throws -> RenderedNotification {
        let event = DomainEvent(
            type: Self.type,
            occurredAt: Date(timeIntervalSince1970: 1_768_469_400),
            fields: fields,
            payload: payload
        )
        return try load().render(type: Self.type, channel: channel, event: event, recipient: recipient)
    }

    struct NotAnEmail: Error {}
}

extension String {
    /// What stands between `<body>` and `</body>`.
    var body: String {
        guard let start = range(of: "<body>"), let end = range(of: "</body>") else { return self }
        return String(self[start.upperBound..<end.lowerBound])
    }

    private func range(of text: String) -> Range<String.Index>? { ranges(of: text).first }
}
