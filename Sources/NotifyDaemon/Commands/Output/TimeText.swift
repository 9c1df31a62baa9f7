import FoundationEssentials

/// Times as commands print them: RFC 3339 in UTC.
enum TimeText {
    /// `2026-11-22T15:35:43.123Z`.
    static func full(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// `2026-11-22 15:35:43`, for tables.
    static func short(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(dateTimeSeparator: .space)).replacing("Z", with: "")
    }
}
