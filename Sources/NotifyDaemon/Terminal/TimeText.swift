import FoundationEssentials

/// Times as commands print them: RFC 3339 in UTC.
enum TimeText {
    /// `2026-11-22T15:35:43.123Z`.
    static func full(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// `2026-11-22 15:35:43`, for tables; their titles say that it is UTC.
    static func short(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(dateTimeSeparator: .space)).replacing("Z", with: "")
    }

    /// `2026-11-22T15:35:43.123Z (3 min ago)`, for people who look at one thing.
    static func withAge(_ date: Date, now: Date = .now) -> String {
        "\(full(date)) (\(age(date, now: now)))"
    }

    /// `just now`, `12 s ago`, `3 min ago`, `5 h ago`, `2 d ago`; `in 3 min` for what is to come.
    static func age(_ date: Date, now: Date) -> String {
        let seconds = now.timeIntervalSince(date)
        let distance = abs(seconds)
        guard distance >= 1, distance < 1e11 else { return "just now" }
        let whole = Int(distance)
        let text =
            switch whole {
            case ..<60: "\(whole) s"
            case ..<3600: "\(whole / 60) min"
            case ..<172_800: "\(whole / 3600) h"
            default: "\(whole / 86400) d"
            }
        return seconds < 0 ? "in \(text)" : "\(text) ago"
    }
}
