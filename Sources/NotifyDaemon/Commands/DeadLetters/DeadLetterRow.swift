import FoundationEssentials
import NotificationLog

/// A row of `dead_letter` as `notifyd dlq` prints it; the body only where `show` asks for it.
struct DeadLetterRow: Encodable, Equatable {
    var id: Int64
    var notificationID: String?
    var eventID: String?
    var eventType: String
    var channel: String
    var reason: String
    var errorCode: String?
    var error: String?
    var diedAt: Date
    var replayedAt: Date?
    /// Values masked unless revealed; nil in lists.
    var body: String?

    private enum CodingKeys: String, CodingKey {
        case id
        case notificationID = "notification_id"
        case eventID = "event_id"
        case eventType = "event_type"
        case channel, reason
        case errorCode = "error_code"
        case error
        case diedAt = "died_at"
        case replayedAt = "replayed_at"
        case body
    }

    /// A column without a value is null, not left out; the body is no member of a list.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(notificationID, forKey: .notificationID)
        try container.encode(eventID, forKey: .eventID)
        try container.encode(eventType, forKey: .eventType)
        try container.encode(channel, forKey: .channel)
        try container.encode(reason, forKey: .reason)
        try container.encode(errorCode, forKey: .errorCode)
        try container.encode(error, forKey: .error)
        try container.encode(diedAt, forKey: .diedAt)
        try container.encode(replayedAt, forKey: .replayedAt)
        try container.encodeIfPresent(body, forKey: .body)
    }
}

extension DeadLetterRow {
    init(_ entry: DeadLetterEntry, body: String? = nil) {
        self.init(
            id: entry.id,
            notificationID: entry.notificationID?.uuidString.lowercased(),
            eventID: entry.eventID,
            eventType: entry.eventType,
            channel: entry.channel,
            reason: entry.reason,
            errorCode: entry.errorCode,
            error: entry.error,
            diedAt: entry.diedAt,
            replayedAt: entry.replayedAt,
            body: body
        )
    }

    /// Code and words of why.
    var why: String {
        let parts = [errorCode, error].compactMap(\.self)
        return parts.isEmpty ? reason : parts.joined(separator: ": ")
    }

    static func table(_ rows: [DeadLetterRow]) -> TextTable {
        TextTable(
            columns: [
                TableColumn("ID", .last, isNumber: true), TableColumn("DIED (UTC)", .last),
                TableColumn("REPLAYED (UTC)", .leftOut), "TYPE", TableColumn("CHANNEL", .leftOut), "REASON",
                TableColumn("EVENT", .last), TableColumn("WHY", .first),
            ],
            rows: rows.map { row in
                [
                    String(row.id), TimeText.short(row.diedAt), row.replayedAt.map(TimeText.short) ?? "-",
                    row.eventType, row.channel, row.reason, row.eventID ?? "-", row.why,
                ]
            }
        )
    }

    /// One row in full.
    var lines: [String] {
        let fields = [
            ("id", String(id)), ("event type", eventType), ("event id", eventID ?? "-"), ("channel", channel),
            ("reason", reason), ("why", why), ("died at", TimeText.withAge(diedAt)),
            ("replayed at", replayedAt.map { TimeText.withAge($0) } ?? "-"), ("notification", notificationID ?? "-"),
            ("body", body ?? "-"),
        ]
        return fields.map { name, value in
            name + String(repeating: " ", count: 14 - name.count) + PrintableText.escaped(value)
        }
    }
}
