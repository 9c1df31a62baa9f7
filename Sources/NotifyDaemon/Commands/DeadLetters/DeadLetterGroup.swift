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
