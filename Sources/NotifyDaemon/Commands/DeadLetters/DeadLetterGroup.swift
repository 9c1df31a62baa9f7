import NotificationLog

/// A line of `notifyd dlq list --by reason`.
struct DeadLetterGroup: Encodable, Equatable {
    var reason: String
    var errorCode: String?
    var eventType: String
    var count: Int
    /// Of them, replayed and not dead again.
    var replayed: Int

    private enum CodingKeys: String, CodingKey {
        case reason
        case errorCode = "error_code"
        case eventType = "event_type"
        case count, replayed
    }

    init(_ count: DeadLetterCount) {
        reason = count.reason
        errorCode = count.errorCode
        eventType = count.eventType
        self.count = count.count
        replayed = count.replayed
    }

    /// A group without a code has null, not an absent member.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(reason, forKey: .reason)
        try container.encode(errorCode, forKey: .errorCode)
        try container.encode(eventType, forKey: .eventType)
        try container.encode(count, forKey: .count)
        try container.encode(replayed, forKey: .replayed)
    }

    static func table(_ groups: [DeadLetterGroup]) -> TextTable {
        TextTable(
            columns: [
                TableColumn("COUNT", isNumber: true), TableColumn("REPLAYED", isNumber: true), "REASON", "CODE", "TYPE",
            ],
            rows: groups.map {
                [String($0.count), String($0.replayed), $0.reason, $0.errorCode ?? "-", $0.eventType]
            }
        )
    }
}
