import FoundationEssentials
import NotificationLog

/// A row of `notification_log` as `notifyd log` prints it.
struct AuditRow: Encodable {
    let entry: AuditEntry

    init(_ entry: AuditEntry) {
        self.entry = entry
    }

    /// The columns' names.
    private enum CodingKeys: String, CodingKey {
        case id
        case eventID = "event_id"
        case eventType = "event_type"
        case dedupeKey = "dedupe_key"
        case channel
        case recipientID = "recipient_id"
        case status, attempts, provider
        case providerMessageID = "provider_message_id"
        case addressMasked = "address_masked"
        case addressHash = "address_hash"
        case templateVersion = "template_version"
        case contentSHA256 = "content_sha256"
        case locale
        case errorCode = "error_code"
        case error
        case traceID = "trace_id"
        case receivedAt = "received_at"
        case claimedAt = "claimed_at"
        case createdAt = "created_at"
        case sentAt = "sent_at"
        case updatedAt = "updated_at"
        case resendCount = "resend_count"
    }

    /// A column without a value is null, not left out: a reader should not have to guess.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(entry.id.uuidString.lowercased(), forKey: .id)
        try container.encode(entry.eventID, forKey: .eventID)
        try container.encode(entry.eventType, forKey: .eventType)
        try container.encode(entry.dedupeKey, forKey: .dedupeKey)
        try container.encode(entry.channel, forKey: .channel)
        try container.encode(entry.recipientID, forKey: .recipientID)
        try container.encode(entry.status, forKey: .status)
        try container.encode(entry.attempts, forKey: .attempts)
        try container.encode(entry.provider, forKey: .provider)
        try container.encode(entry.providerMessageID, forKey: .providerMessageID)
        try container.encode(entry.addressMasked, forKey: .addressMasked)
        try container.encode(entry.addressHash, forKey: .addressHash)
        try container.encode(entry.templateVersion, forKey: .templateVersion)
        try container.encode(entry.contentSHA256, forKey: .contentSHA256)
        try container.encode(entry.locale, forKey: .locale)
        try container.encode(entry.errorCode, forKey: .errorCode)
        try container.encode(entry.error, forKey: .error)
        try container.encode(entry.traceID, forKey: .traceID)
        try container.encode(entry.receivedAt, forKey: .receivedAt)
        try container.encode(entry.claimedAt, forKey: .claimedAt)
        try container.encode(entry.createdAt, forKey: .createdAt)
        try container.encode(entry.sentAt, forKey: .sentAt)
        try container.encode(entry.updatedAt, forKey: .updatedAt)
        try container.encode(entry.resendCount, forKey: .resendCount)
    }

    /// The table for people: what happened to whom, and why.
    static func table(_ rows: [AuditRow]) -> TextTable {
        TextTable(
            columns: [
                TableColumn("UPDATED (UTC)", .last), TableColumn("STATUS", .last, tone: Tone.ofStatus), "TYPE",
                TableColumn("CHANNEL", .leftOut), TableColumn("RECIPIENT", .leftOut), "ADDRESS",
                TableColumn("TRY", .leftOut, isNumber: true), TableColumn("EVENT", .last), TableColumn("WHY", .first),
            ],
            rows: rows.map(\.cells)
        )
    }

    private var cells: [String] {
        [
            TimeText.short(entry.updatedAt), entry.status, entry.eventType, entry.channel, entry.recipientID ?? "-",
            entry.addressMasked ?? "-", String(entry.attempts), entry.eventID,
            [entry.errorCode, entry.error].compactMap(\.self).joined(separator: ": "),
        ]
    }
}
