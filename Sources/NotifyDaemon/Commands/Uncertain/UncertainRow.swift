import FoundationEssentials
import NotificationLog

/// An uncertain notification as `notifyd uncertain list` prints it.
struct UncertainRow: Encodable {
    var notificationID: String
    var eventID: String
    var eventType: String
    var channel: String
    var recipientID: String?
    var addressMasked: String?
    var provider: String?
    var attempts: Int
    var errorCode: String?
    var error: String?
    var since: Date

    private enum CodingKeys: String, CodingKey {
        case notificationID = "notification_id"
        case eventID = "event_id"
        case eventType = "event_type"
        case channel
        case recipientID = "recipient_id"
        case addressMasked = "address_masked"
        case provider, attempts
        case errorCode = "error_code"
        case error, since
    }

    init(_ entry: UncertainEntry) {
        notificationID = entry.notificationID.uuidString.lowercased()
        eventID = entry.eventID
        eventType = entry.eventType
        channel = entry.channel
        recipientID = entry.recipientID
        addressMasked = entry.addressMasked
        provider = entry.provider
        attempts = entry.attempts
        errorCode = entry.errorCode
        error = entry.error
        since = entry.since
    }

    /// What is not known is null, not left out.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(notificationID, forKey: .notificationID)
        try container.encode(eventID, forKey: .eventID)
        try container.encode(eventType, forKey: .eventType)
        try container.encode(channel, forKey: .channel)
        try container.encode(recipientID, forKey: .recipientID)
        try container.encode(addressMasked, forKey: .addressMasked)
        try container.encode(provider, forKey: .provider)
        try container.encode(attempts, forKey: .attempts)
        try container.encode(errorCode, forKey: .errorCode)
        try container.encode(error, forKey: .error)
        try container.encode(since, forKey: .since)
    }

    static func table(_ rows: [UncertainRow]) -> TextTable {
        TextTable(
            columns: [
                TableColumn("SINCE (UTC)", .last),
                // For the next command.
                TableColumn("NOTIFICATION", .last), "TYPE", TableColumn("CHANNEL", .leftOut),
                TableColumn("PROVIDER", .leftOut), TableColumn("RECIPIENT", .leftOut), "ADDRESS",
                TableColumn("EVENT", .leftOut), TableColumn("WHY", .first),
            ],
            rows: rows.map { row in
                [
                    TimeText.short(row.since), row.notificationID, row.eventType, row.channel, row.provider ?? "-",
                    row.recipientID ?? "-", row.addressMasked ?? "-", row.eventID,
                    [row.errorCode, row.error].compactMap(\.self).joined(separator: ": "),
                ]
            }
        )
    }
}
