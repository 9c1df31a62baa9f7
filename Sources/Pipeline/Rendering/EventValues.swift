import DomainEvents

/// What a template can name: the recipient's properties, the schema's fields, any other field of the event.
struct EventValues {
    var event: DomainEvent
    var recipient: Recipient
    var format: ValueFormat

    /// Names that every template can use; `name`, `email` and `phone` only behind a section, since they may be missing.
    static let builtIn = ["name", "email", "phone", "userId", "occurredAt", "eventType", "eventId"]

    func scope() -> TemplateScope {
        TemplateScope { value($0) }
    }

    private func value(_ name: String) -> TemplateValue? {
        switch name {
        // Always by the rule for names, whatever field it came in: sign-up forms are used to send strangers links.
        case "name":
            return (recipient.name ?? event.contact.name.value ?? text("name")).flatMap { DisplayName.shown($0) }
                .map { .text($0) }
        case "email": return (recipient.email?.value ?? text("email")).map { .text($0) }
        case "phone": return (recipient.phone?.value ?? text("phone")).map { .text($0) }
        default: break
        }
        if let field = event.fields[name] { return format.value(field) }
        if let unknown = event.payload[name] { return TemplateValue(unknown) }
        switch name {
        case "userId": return (recipient.id ?? event.recipientID).map { .text($0) }
        case "occurredAt": return .text(format.text(event.occurredAt))
        case "eventType": return .text(event.type)
        case "eventId": return event.eventID.map { .text($0) }
        default: return nil
        }
    }

    private func text(_ name: String) -> String? {
        switch event.fields[name] {
        case .text(let text), .id(let text): return text
        default: break
        }
        if case .string(let text) = event.payload[name] { return text }
        return nil
    }
}
