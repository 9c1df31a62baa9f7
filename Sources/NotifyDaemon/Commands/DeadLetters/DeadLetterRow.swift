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
            titles: ["ID", "DIED", "TYPE", "CHANNEL", "REASON", "EVENT", "WHY"],
            rows: rows.map { row in
                [
                    String(row.id), TimeText.short(row.diedAt), row.eventType, row.channel, row.reason,
                    row.eventID ?? "-", row.why,
                ]
            },
            keptWhole: [0, 1]
        )
    }

    /// One row in full.
    var lines: [String] {
        let fields = [
            ("id", String(id)), ("event type", eventType), ("event id", eventID ?? "-"), ("channel", channel),
            ("reason", reason), ("why", why), ("died at", TimeText.full(diedAt)),
            ("replayed at", replayedAt.map(TimeText.full) ?? "-"), ("notification", notificationID ?? "-"),
            ("body", body ?? "-"),
        ]
        return fields.map { name, value in
            name + String(repeating: " ", count: 14 - name.count) + PrintableText.escaped(value)
        }
    }
}

/// A line of `notifyd dlq list --by reason`.
struct DeadLetterGroup: Encodable, Equatable {
    var reason: String
    var errorCode: String?
    var eventType: String
    var count: Int

    private enum CodingKeys: String, CodingKey {
        case reason
        case errorCode = "error_code"
        case eventType = "event_type"
        case count
    }

    /// The largest group first.
    static func grouped(_ rows: [DeadLetterRow]) -> [DeadLetterGroup] {
        struct Key: Hashable {
            var reason: String
            var errorCode: String?
            var eventType: String
        }
        let counts = rows.reduce(into: [:]) { counts, row in
            counts[Key(reason: row.reason, errorCode: row.errorCode, eventType: row.eventType), default: 0] += 1
        }
        return counts.map { key, count in
            DeadLetterGroup(reason: key.reason, errorCode: key.errorCode, eventType: key.eventType, count: count)
        }.sorted { ($1.count, $0.reason, $0.eventType) < ($0.count, $1.reason, $1.eventType) }
    }

    static func table(_ groups: [DeadLetterGroup]) -> TextTable {
        TextTable(
            titles: ["COUNT", "REASON", "CODE", "TYPE"],
            rows: groups.map { [String($0.count), $0.reason, $0.errorCode ?? "-", $0.eventType] }
        )
    }
}
