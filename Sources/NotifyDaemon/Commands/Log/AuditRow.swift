import FoundationEssentials
import NotificationLog

/// A row of `notification_log` as `notifyd log` prints it.
struct AuditRow: Encodable, Equatable {
    var id: String
    var eventID: String
    var eventType: String
    var channel: String
    var recipientID: String?
    var status: String
    var attempts: Int
    var provider: String?
    var providerMessageID: String?
    var addressMasked: String?
    var locale: String?
    var errorCode: String?
    var error: String?
    var traceID: String?
    var receivedAt: Date
    var sentAt: Date?
    var updatedAt: Date
    var resendCount: Int

    /// The columns' names.
    private enum CodingKeys: String, CodingKey {
        case id
        case eventID = "event_id"
        case eventType = "event_type"
        case channel
        case recipientID = "recipient_id"
        case status, attempts, provider
        case providerMessageID = "provider_message_id"
        case addressMasked = "address_masked"
        case locale
        case errorCode = "error_code"
        case error
        case traceID = "trace_id"
        case receivedAt = "received_at"
        case sentAt = "sent_at"
        case updatedAt = "updated_at"
        case resendCount = "resend_count"
    }
}

extension AuditRow {
    init(_ entry: AuditEntry) {
        self.init(
            id: entry.id.uuidString.lowercased(),
            eventID: entry.eventID,
            eventType: entry.eventType,
            channel: entry.channel,
            recipientID: entry.recipientID,
            status: entry.status,
            attempts: entry.attempts,
            provider: entry.provider,
            providerMessageID: entry.providerMessageID,
            addressMasked: entry.addressMasked,
            locale: entry.locale,
            errorCode: entry.errorCode,
            error: entry.error,
            traceID: entry.traceID,
            receivedAt: entry.receivedAt,
            sentAt: entry.sentAt,
            updatedAt: entry.updatedAt,
            resendCount: entry.resendCount
        )
    }

    /// The table for people: what happened to whom, and why.
    static func table(_ rows: [AuditRow]) -> TextTable {
        TextTable(
            columns: [
                TableColumn("UPDATED (UTC)", .last), TableColumn("STATUS", .last, tone: Tone.ofStatus), "TYPE",
                TableColumn("CHANNEL", .leftOut), TableColumn("RECIPIENT", .leftOut), "ADDRESS",
                TableColumn("TRY", .leftOut, isNumber: true), TableColumn("EVENT", .last), TableColumn("WHY", .first),
            ],
            rows: rows.map { row in
                [
                    TimeText.short(row.updatedAt), row.status, row.eventType, row.channel, row.recipientID ?? "-",
                    row.addressMasked ?? "-", String(row.attempts), row.eventID,
                    [row.errorCode, row.error].compactMap(\.self).joined(separator: ": "),
                ]
            }
        )
    }
}
