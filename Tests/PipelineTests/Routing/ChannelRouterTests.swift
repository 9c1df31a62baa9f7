import DomainEvents
import FoundationEssentials
import Testing

@testable import Pipeline

@Suite("Channel routing")
struct ChannelRouterTests {
    private let now = Date(timeIntervalSince1970: 1_795_000_000)
    private let email = "anna@example.com"
    private let phone = "+4915112345678"

    private func definition(
        channels: [Channel] = [.email, .sms],
        deliver: NotificationDefinition.Deliver = .preferred,
        category: NotificationDefinition.Category = .transactional,
        expires: Duration? = nil,
        enabled: Bool = true
    ) -> NotificationDefinition {
        NotificationDefinition(
            type: "payment.completed",
            category: category,
            channels: channels,
            deliver: deliver,
            expires: expires,
            enabled: enabled,
            schema: EventSchema()
        )
    }

    private func event(_ contact: ContactFields = ContactFields(), recipientID: String? = "u-1") -> DomainEvent {
        DomainEvent(type: "payment.completed", occurredAt: now, recipientID: recipientID, contact: contact)
    }

    private func decide(
        _ definition: NotificationDefinition,
        event: DomainEvent? = nil,
        contact: ContactSnapshot? = ContactSnapshot(email: "anna@example.com", phone: "+4915112345678"),
        available: Set<Channel> = [.email, .sms],
        stopped: Set<Channel> = [],
        only: DeliveryOnly? = nil,
        fixed: [Channel]? = nil
    ) -> RoutingDecision {
        let event = event ?? self.event()
        return ChannelRouter(availableProviders: available, deliveryOnly: only).decide(
            definition: definition,
            event: event,
            recipient: ResolvedRecipient(event: event, contact: contact),
            stopped: stopped,
            fixed: fixed,
            now: now
        )
    }

    private func send(_ text: String) throws -> ChannelRoute {
        let address: DeliveryAddress =
            text.hasPrefix("+")
            ? .phone(try #require(PhoneNumber(text))) : .email(try #require(EmailAddress(text)))
        return ChannelRoute(channel: address.channel, step: .send(address))
    }

    /// What a decision without a route says.
    private func settled(_ decision: RoutingDecision) throws -> (NotificationStatus, ErrorCode, Channel) {
        guard case .nothing(let status, let reason, let channel) = decision else {
            throw Unexpected(decision: decision)
        }
        return (status, reason.code, channel)
    }

    private struct Unexpected: Error {
        let decision: RoutingDecision
    }

    // MARK: The way that is taken

    @Test("preferred: the catalogue's first usable channel")
    func firstUsable() throws {
        #expect(decide(definition()) == .channels([try send(email)]))
        #expect(decide(definition(channels: [.sms, .email])) == .channels([try send(phone)]))
    }

    @Test("preferred: the recipient's preference first, the event's over the contact's")
    func preference() throws {
        let contact = ContactSnapshot(email: email, phone: phone, preferredChannel: .sms)
        #expect(decide(definition(), contact: contact) == .channels([try send(phone)]))
        let own = event(ContactFields(preferredChannel: .value("email")))
        #expect(decide(definition(), event: own, contact: contact) == .channels([try send(email)]))
        let none = event(ContactFields(preferredChannel: .removed))
        #expect(decide(definition(), event: none, contact: contact) == .channels([try send(email)]))
        let pigeon = event(ContactFields(preferredChannel: .value("pigeon")))
        #expect(decide(definition(), event: pigeon, contact: contact) == .channels([try send(phone)]))
    }

    @Test("a preferred channel that the notification does not have changes nothing")
    func foreignPreference() throws {
        let contact = ContactSnapshot(email: email, phone: phone, preferredChannel: .sms)
        #expect(decide(definition(channels: [.email]), contact: contact) == .channels([try send(email)]))
    }

    @Test("preferred: passes over a channel without provider, address, or with a STOP or a wrong address")
    func passesOver() throws {
        let sms = RoutingDecision.channels([try send(phone)])
        #expect(decide(definition(), available: [.sms]) == sms)
        #expect(decide(definition(), contact: ContactSnapshot(phone: phone)) == sms)
        #expect(decide(definition(), stopped: [.email]) == sms)
        #expect(decide(definition(), event: event(ContactFields(email: .value("a,b@c.example")))) == sms)
        #expect(decide(definition(), event: event(ContactFields(email: .removed))) == sms)
    }

    @Test("all: every usable channel, a row for a wrong address, none for a missing one")
    func all() throws {
        let both = definition(deliver: .all)
        #expect(decide(both) == .channels([try send(email), try send(phone)]))
        #expect(decide(both, contact: ContactSnapshot(email: email)) == .channels([try send(email)]))
        let wrong = event(ContactFields(phone: .value("0151")))
        guard case .channels(let routes) = decide(both, event: wrong) else {
            Issue.record("no routes")
            return
        }
        #expect(routes.count == 2)
        #expect(routes.first == (try send(email)))
        guard case .settle(.failed, let reason)? = routes.last?.step else {
            Issue.record("the wrong number was not settled")
            return
        }
        #expect(reason.code == .addressInvalid)
    }

    @Test("the event's own address wins over the contact's, and needs no contact")
    func ownAddress() throws {
        let own = event(ContactFields(email: .value("new@example.com")))
        #expect(decide(definition(), event: own) == .channels([try send("new@example.com")]))
        #expect(decide(definition(), event: own, contact: nil) == .channels([try send("new@example.com")]))
        let anonymous = event(ContactFields(email: .value("new@example.com")), recipientID: nil)
        #expect(decide(definition(), event: anonymous, contact: nil) == .channels([try send("new@example.com")]))
    }

    @Test("fixed channels are the ones taken, each with its own end")
    func fixed() throws {
        let contact = ContactSnapshot(email: email, phone: phone, preferredChannel: .email)
        #expect(decide(definition(), contact: contact, fixed: [.sms]) == .channels([try send(phone)]))
        guard
            case .channels(let routes) = decide(definition(), contact: ContactSnapshot(), fixed: [.sms]),
            case .settle(.failed, let reason)? = routes.first?.step
        else {
            Issue.record("the missing number was not settled")
            return
        }
        #expect(reason.code == .addressMissing)
        #expect(routes.map(\.channel) == [.sms])
    }

    // MARK: No way at all

    @Test("no contact row and no address in the event: contact.unknown, to be tried again")
    func contactUnknown() {
        guard case .contactUnknown(let reason) = decide(definition(), contact: nil) else {
            Issue.record("the contact was taken for known")
            return
        }
        #expect(reason.code == .contactUnknown)
    }

    @Test("an event that names nobody has no contact to wait for")
    func nobody() throws {
        let decision = try settled(decide(definition(), event: event(recipientID: nil), contact: nil))
        #expect(decision == (.failed, .addressMissing, .email))
    }

    @Test("a contact without address: failed, address.missing")
    func addressMissing() throws {
        #expect(try settled(decide(definition(), contact: ContactSnapshot())) == (.failed, .addressMissing, .email))
        #expect(try settled(decide(definition(), available: [])) == (.failed, .addressMissing, .email))
    }

    @Test("only a wrong address: failed, address.invalid, on its channel")
    func addressInvalid() throws {
        let wrong = event(ContactFields(phone: .value("0151")))
        let decision = try settled(decide(definition(), event: wrong, contact: ContactSnapshot()))
        #expect(decision == (.failed, .addressInvalid, .sms))
    }

    @Test("STOP on the only address: suppressed, contact.stopped")
    func stopped() throws {
        let decision = try settled(decide(definition(), contact: ContactSnapshot(phone: phone), stopped: [.sms]))
        #expect(decision == (.suppressed, .contactStopped, .sms))
    }

    @Test("opted out of the category: suppressed; nobody opts out of transactional")
    func optOut() throws {
        let contact = ContactSnapshot(email: email, optOut: ["marketing", "transactional"])
        let marketing = try settled(decide(definition(category: .marketing), contact: contact))
        #expect(marketing == (.suppressed, .contactOptedOut, .email))
        #expect(decide(definition(category: .service), contact: contact) == .channels([try send(email)]))
        #expect(decide(definition(category: .transactional), contact: contact) == .channels([try send(email)]))
    }

    @Test("a disabled type: suppressed, type.disabled")
    func disabled() throws {
        #expect(try settled(decide(definition(enabled: false))) == (.suppressed, .typeDisabled, .email))
    }

    // MARK: Too late

    @Test("expires counts from the event time, and the moment itself is too late")
    func expires() throws {
        var late = event()
        late.occurredAt = now.addingTimeInterval(-60)
        #expect(
            try settled(decide(definition(expires: .seconds(60)), event: late)) == (.expired, .eventExpired, .email)
        )
        #expect(decide(definition(expires: .seconds(61)), event: late) == .channels([try send(email)]))
    }

    @Test("the earlier of expiresAt and expires decides")
    func expiresAt() throws {
        var late = event()
        late.expiresAt = now.addingTimeInterval(-1)
        let decision = try settled(decide(definition(expires: .seconds(3600)), event: late, contact: nil))
        #expect(decision == (.expired, .eventExpired, .email))
        late.expiresAt = now.addingTimeInterval(7200)
        #expect(
            NotificationExpiry.date(definition: definition(expires: .seconds(3600)), event: late)
                == now.addingTimeInterval(3600)
        )
        #expect(NotificationExpiry.date(definition: definition(), event: event()) == nil)
    }

    // MARK: delivery.only

    @Test("delivery.only suppresses the channel that production would take, and diverts to no other")
    func deliveryOnly() throws {
        #expect(decide(definition(), only: DeliveryOnly("*@example.com")) == .channels([try send(email)]))
        let numbersOnly = DeliveryOnly("+49151…")
        guard
            case .channels(let routes) = decide(definition(), only: numbersOnly),
            case .settle(.suppressed, let reason)? = routes.first?.step
        else {
            Issue.record("the address was not suppressed")
            return
        }
        #expect(reason.code == .deliveryOnly)
        #expect(routes.map(\.channel) == [.email])
        #expect(decide(definition(channels: [.sms]), only: numbersOnly) == .channels([try send(phone)]))
    }

    @Test(
        "patterns match whole addresses, whatever the case",
        arguments: [
            ("*@ourco.example", "anna@OurCo.example", true),
            ("*@ourco.example", "anna@ourco.example.evil.example", false),
            ("*@ourco.example", "anna@notourco.example", false), ("Anna@ourco.example", "anna@ourco.example", true),
            ("qa+*@ourco.example", "qa+1@ourco.example", true), ("qa+*@ourco.example", "dev@ourco.example", false),
            ("*", "anna@example.com", true), ("+49151…", "+4915112345678", true), ("+49151*", "+4915212345678", false),
            ("+4915112345678", "+4915112345678", true), ("a@b.example, *@c.example", "x@c.example", true),
            ("", "x@c.example", false), ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@a.example", false),
        ]
    )
    func patterns(list: String, text: String, isAllowed: Bool) throws {
        let address: DeliveryAddress =
            text.hasPrefix("+")
            ? .phone(try #require(PhoneNumber(text))) : .email(try #require(EmailAddress(text)))
        #expect((DeliveryOnly(list).reason(against: address) == nil) == isAllowed)
    }
}
