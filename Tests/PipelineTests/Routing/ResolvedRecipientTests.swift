import DomainEvents
import FoundationEssentials
import Testing

@testable import Pipeline

@Suite("Resolved recipient")
struct ResolvedRecipientTests {
    private func resolve(_ fields: ContactFields, _ contact: ContactSnapshot?) -> ResolvedRecipient {
        let event = DomainEvent(
            type: "t",
            occurredAt: Date(timeIntervalSince1970: 0),
            recipientID: "u-1",
            contact: fields
        )
        return ResolvedRecipient(event: event, contact: contact)
    }

    private let stored = ContactSnapshot(
        email: "old@example.com",
        phone: "+4915112345678",
        name: "Anna",
        locale: "de-AT",
        preferredChannel: .sms,
        timezone: "Europe/Vienna",
        optOut: ["marketing"]
    )

    @Test("what the event does not carry comes from the contact")
    func fromContact() {
        let resolved = resolve(ContactFields(), stored)
        let expected = Recipient(
            id: "u-1",
            email: EmailAddress("old@example.com"),
            phone: PhoneNumber("+4915112345678"),
            name: "Anna",
            locale: "de-AT",
            timezone: "Europe/Vienna",
            preferredChannel: .sms
        )
        #expect(resolved.recipient == expected)
        #expect(resolved.optOut == ["marketing"])
    }

    @Test("what the event carries counts, null counts as none")
    func fromEvent() {
        let fields = ContactFields(
            email: .value("new@example.com"),
            phone: .removed,
            name: .removed,
            locale: .value("en"),
            preferredChannel: .removed,
            timezone: .removed
        )
        let recipient = resolve(fields, stored).recipient
        #expect(recipient.email?.value == "new@example.com")
        #expect(recipient.phone == nil)
        #expect(recipient.name == nil)
        #expect(recipient.locale == "en")
        #expect(recipient.preferredChannel == nil)
        #expect(recipient.timezone == nil)
    }

    @Test("a name that must not be shown is none, and does not bring back the stored one")
    func unsafeName() {
        #expect(resolve(ContactFields(name: .value("evil.example")), stored).recipient.name == nil)
    }

    @Test("an invalid address is neither used nor replaced by the stored one")
    func invalidAddress() {
        let resolved = resolve(ContactFields(email: .value("a@b@c")), stored)
        guard case .invalid(let reason) = resolved.email else {
            Issue.record("the address was taken for valid")
            return
        }
        #expect(reason.code == .addressInvalid)
        #expect(resolved.recipient.email == nil)
    }

    @Test("unknown without a contact row, missing with one")
    func unknownOrMissing() {
        #expect(resolve(ContactFields(), nil).email == .unknown)
        #expect(resolve(ContactFields(), ContactSnapshot()).email == .missing)
        #expect(resolve(ContactFields(email: .removed), nil).email == .missing)
    }
}
