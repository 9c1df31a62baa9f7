import DomainEvents
import FoundationEssentials
import Pipeline

@testable import DomainEvents

extension FuzzTarget {
    /// A message of a type in the catalogue becomes a checked event or a rejection that says why; the same one every time.
    static func events(_ catalogue: Catalogue) -> FuzzTarget {
        let decoder = EventDecoder(
            links: LinkPolicy(hosts: nil, passwordReset: "https://app.example.com/reset?token={token}")
        )
        let generator = EventGenerator(types: catalogue.types.keys.sorted())
        return FuzzTarget("events", weight: 1000) {
            generator.message(&$0)
        } check: { message in
            guard let definition = catalogue.types[message.routingKey] else { return }
            let outcome = Result { () throws(EventRejection) in
                try decoder.decode(message, schema: definition.schema)
            }
            let again = Result { () throws(EventRejection) in
                try decoder.decode(message, schema: definition.schema)
            }
            try require(outcome == again, "decoded twice, two results")
            switch outcome {
            case .failure(let rejection): try EventRules.check(rejection, of: message)
            case .success(let event):
                try EventRules.check(event, of: message)
                let identity = EventRules.identity(of: event, in: definition)
                try require(
                    identity.dedupeKey.utf8.count <= 1100,
                    "a dedupe key of \(identity.dedupeKey.utf8.count) bytes"
                )
                try require(!identity.dedupeKey.utf8.contains(0), "NUL in a dedupe key")
                try require(identity.fingerprint.count == 32, "a fingerprint of \(identity.fingerprint.count) bytes")
                // The same fact with other blanks around it.
                var spaced = message
                spaced.body = Array(" \n".utf8) + message.body + Array("\t\r\n".utf8)
                spaced.bodySize = spaced.body.count
                guard let same = try? decoder.decode(spaced, schema: definition.schema) else {
                    throw Violation(description: "blanks around the body made it undecodable")
                }
                try require(
                    EventRules.identity(of: same, in: definition) == identity,
                    "blanks around the body made another fact of it"
                )
            }
            try EventRules.checkStorage(of: message)
        }
    }

    /// `user.updated` and `user.deleted`: what a contact keeps of them is valid.
    static var contacts: FuzzTarget {
        let decoder = EventDecoder()
        let generator = EventGenerator(types: ContactEvent.types)
        return FuzzTarget("contacts", weight: 400) {
            generator.message(&$0)
        } check: { message in
            let change: ContactChange
            do throws(EventRejection) {
                change = try decoder.decodeContactChange(message)
            } catch {
                return try EventRules.check(error, of: message)
            }
            try require(!change.recipientID.isEmpty && change.recipientID.utf8.count <= 1024, "no recipient's id")
            try require(change.isDeletion == (message.routingKey == ContactEvent.deleted), "deletion or not")
            try require(!change.isDeletion || change.fields.isEmpty, "a deletion that keeps a field")
            let stored = change.fields.storable
            try require(stored.storable == stored, "storable twice is not the same")
            if let email = stored.email.value { try EventRules.checkAddress(email) }
            if let phone = stored.phone.value { try require(PhoneNumber(phone)?.value == phone, "no number is stored") }
            if let name = stored.name.value {
                try require(DisplayName.shown(name) == name, "a name that must not be shown")
            }
        }
    }
}

/// What holds of every event and of every rejection.
enum EventRules {
    private static let codes: Set<ErrorCode> = [
        .jsonInvalid, .shapeInvalid, .moneyInvalid, .bodyTooLarge, .linkHost,
    ]

    static func identity(of event: DomainEvent, in definition: NotificationDefinition) -> EventIdentity {
        EventIdentity.of(
            event: event,
            eventID: event.eventID ?? "0",
            dedupeFields: definition.dedupe,
            schema: definition.schema
        )
    }

    static func check(_ rejection: EventRejection, of message: IncomingMessage) throws {
        try require(codes.contains(rejection.code), "a code that no event is rejected for: \(rejection.code)")
        try require(
            (1...200).contains(rejection.message.utf8.count),
            "a reason of \(rejection.message.utf8.count) bytes"
        )
        try require(rejection.message.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "a reason that is no plain line")
        if let id = rejection.eventID { try checkID(id) }
        let key = EventIdentity.rejectedKey(
            eventID: rejection.eventID,
            routingKey: message.routingKey,
            body: message.body
        )
        try require(key.utf8.count <= 220, "a key of \(key.utf8.count) bytes")
    }

    static func check(_ event: DomainEvent, of message: IncomingMessage) throws {
        try require(event.type == message.routingKey, "another type than the routing key")
        if let id = event.eventID { try checkID(id) }
        if let id = event.recipientID { try checkID(id) }
        try require(
            (-62_135_683_200...253_402_387_200).contains(event.occurredAt.timeIntervalSince1970),
            "no event time"
        )
        try require(!JSONValue.object(event.payload).containsNUL, "NUL in the payload")
        for value in event.fields.values {
            switch value {
            case .money(let money):
                try require(money.amount >= 0 && money.amount < Money.limit, "an amount out of bounds")
                let decimals = money.amount.description.split(separator: ".").dropFirst().first?.count ?? 0
                try require(decimals <= money.currency.decimals, "\(decimals) decimals in \(money.currency.code)")
            case .url(let link):
                try require(
                    link.utf8.starts(with: "https://".utf8) || link.lowercased().hasPrefix("https://"),
                    "no https"
                )
                try require(link.unicodeScalars.allSatisfy { $0.value > 0x20 }, "a blank or control in a link")
            case .id(let id): try checkID(id)
            case .text, .currency, .time, .number, .boolean, .list: break
            }
        }
        if let email = event.contact.storable.email.value { try checkAddress(email) }
    }

    static func checkAddress(_ email: String) throws {
        let forbidden: Set<Unicode.Scalar> = ["<", ">", ",", ";", "\"", "(", ")", "[", "]", ":", "\\", " "]
        try require(email.unicodeScalars.filter { $0 == "@" }.count == 1, "an address without exactly one @")
        try require(
            !email.unicodeScalars.contains {
                forbidden.contains($0) || $0.value < 0x20 || (0x7F...0x9F).contains($0.value)
            },
            "a character in an address that could end it"
        )
        try require(email.utf8.count <= 254, "an address of \(email.utf8.count) bytes")
    }

    /// What is parked comes back as it was.
    static func checkStorage(of message: IncomingMessage) throws {
        let stored = try JSONEncoder().encode(message)
        try require(!stored.contains(0), "NUL in what is stored")
        let back = try JSONDecoder().decode(IncomingMessage.self, from: stored)
        try require(back == message, "another message came back from the store")
    }

    private static func checkID(_ id: String) throws {
        try require(!id.isEmpty && id.utf8.count <= FieldDecoder.maximumIDSize, "an id of \(id.utf8.count) bytes")
        try require(!id.unicodeScalars.contains { $0.properties.generalCategory == .control }, "a control in an id")
    }
}

extension JSONValue {
    /// Whether a text or a member's name within holds NUL.
    fileprivate var containsNUL: Bool {
        switch self {
        case .null, .boolean, .number: false
        case .string(let text): text.utf8.contains(0)
        case .array(let elements): elements.contains(where: \.containsNUL)
        case .object(let members): members.contains { $0.key.utf8.contains(0) || $0.value.containsNUL }
        }
    }
}
