import FoundationEssentials

/// What makes two events the same fact: the key that is unique for their type, and the values they must agree on.
public struct EventIdentity: Sendable, Equatable {
    /// `id:` + event id, or the catalogue's dedupe fields, `paymentId:…`. At most some hundred bytes, fit for an index.
    public var dedupeKey: String
    /// SHA-256 over the canonical values of the type's required fields; another one under the same key is a conflict.
    public var fingerprint: [UInt8]

    public init(dedupeKey: String, fingerprint: [UInt8]) {
        self.dedupeKey = dedupeKey
        self.fingerprint = fingerprint
    }

    /// Ids longer than this count by their SHA-256.
    static let maximumIDSize = 200

    /// - Parameters:
    ///   - eventID: the event's own id, else the one that was made for it.
    ///   - dedupeFields: the catalogue's `dedupe`. Where the event lacks one of them (only optional ones can be absent)
    ///     its id alone decides: half a key would make one fact of two.
    public static func of(
        event: DomainEvent,
        eventID: String,
        dedupeFields: [String],
        schema: EventSchema
    ) -> EventIdentity {
        EventIdentity(
            dedupeKey: key(of: event, dedupeFields: dedupeFields) ?? "id:\(shortened(eventID))",
            fingerprint: fingerprint(of: event, schema: schema)
        )
    }

    /// The `dedupe_key` of an event that could not be read: by its id, else by the SHA-256 of its routing key directly
    /// followed by its body, which anybody can compute.
    public static func rejectedKey(eventID: String?, routingKey: String, body: [UInt8]) -> String {
        guard let eventID else {
            return rejectedPrefix + ContentDigest.hex(ContentDigest.sha256(Array(routingKey.utf8) + body))
        }
        return rejectedPrefix + shortened(eventID)
    }

    /// The `dedupe_key` of a message that nobody has read yet. Messages of equal bodies are different ones by their ids.
    public static func waitingKey(messageID: String?, routingKey: String, body: [UInt8]) -> String {
        let digest = ContentDigest.message(routingKey: routingKey, body: body)
        return waitingPrefix + ContentDigest.hex(ContentDigest.sha256(digest + Array((messageID ?? "").utf8)))
    }

    /// Whether nobody has read the event's values, or its type has none to agree on: nothing can differ from those.
    public static func isUnread(_ fingerprint: [UInt8]) -> Bool {
        fingerprint.isEmpty || fingerprint == ofNoFields
    }

    private static let ofNoFields = ContentDigest.sha256([UInt8]())

    public static func isWaitingKey(_ dedupeKey: String) -> Bool { dedupeKey.hasPrefix(waitingPrefix) }

    /// Whether an event was given the key before it could be read.
    public static func isProvisionalKey(_ dedupeKey: String) -> Bool {
        isWaitingKey(dedupeKey) || dedupeKey.hasPrefix(rejectedPrefix)
    }

    private static let waitingPrefix = "unread:"
    private static let rejectedPrefix = "rejected:"

    /// `name:value`, several joined by `|`; within several, `\` and `|` in a value are escaped, so that the joint is certain.
    private static func key(of event: DomainEvent, dedupeFields: [String]) -> String? {
        guard !dedupeFields.isEmpty else { return nil }
        var parts: [String] = []
        for name in dedupeFields {
            guard let value = event.fields[name] else { return nil }
            let text = shortened(value.canonicalText)
            let isAlone = dedupeFields.count == 1
            parts.append("\(name):\(isAlone ? text : escaped(text))")
        }
        let key = parts.joined(separator: "|")
        // Many long fields together would still outgrow an index.
        return key.utf8.count <= 1024 ? key : "sha256:\(ContentDigest.hex(ContentDigest.sha256(key.utf8)))"
    }

    private static func shortened(_ id: String) -> String {
        id.utf8.count <= maximumIDSize ? id : ContentDigest.hex(ContentDigest.sha256(id.utf8))
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("|", with: "\\|")
    }

    private static func fingerprint(of event: DomainEvent, schema: EventSchema) -> [UInt8] {
        var canonical: [UInt8] = []
        for field in schema.requiredFields {
            // Length before text: no value can pretend to be the next field.
            let text = event.fields[field.name]?.canonicalText ?? ""
            canonical += field.name.utf8
            canonical.append(UInt8(ascii: "="))
            canonical += String(text.utf8.count).utf8
            canonical.append(ASCII.colon)
            canonical += text.utf8
            canonical.append(ASCII.comma)
        }
        return ContentDigest.sha256(canonical)
    }
}

extension FieldValue {
    /// One text for all spellings of the same value: `1` and `"1"`, `5` and `5.00`, `12:00Z` and `13:00+01:00`.
    var canonicalText: String {
        switch self {
        case .id(let text), .text(let text), .url(let text): text
        case .money(let money): "\(money.amount.canonicalText) \(money.currency.code)"
        case .currency(let currency): currency.code
        case .time(let date): String(Int64((date.timeIntervalSince1970 * 1_000_000).rounded()))
        case .number(let number): number.canonicalText
        case .boolean(let flag): flag ? "true" : "false"
        case .list(let elements): JSONValue.array(elements).canonicalText
        }
    }
}

extension JSONValue {
    /// JSON without blanks, members by name.
    fileprivate var canonicalText: String {
        switch self {
        case .null: return "null"
        case .boolean(let flag): return flag ? "true" : "false"
        case .number(let number): return number.canonicalText
        case .string(let text): return "\(text.utf8.count):\(text)"
        case .array(let elements): return "[\(elements.map(\.canonicalText).joined(separator: ","))]"
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            return
                "{\(sorted.map { "\($0.key.utf8.count):\($0.key)=\($0.value.canonicalText)" }.joined(separator: ","))}"
        }
    }
}

extension Decimal {
    /// Digits without a leading plus or trailing zeros after the point.
    fileprivate var canonicalText: String {
        let text = description
        guard text.utf8.contains(ASCII.dot) else { return text }
        var significant = text[...]
        while significant.utf8.last == UInt8(ascii: "0") { significant.removeLast() }
        if significant.utf8.last == ASCII.dot { significant.removeLast() }
        return String(significant)
    }
}
