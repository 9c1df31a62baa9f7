import FoundationEssentials

/// What `/livez` and `/readyz` answer with, and `notifyd status` reads: nothing personal, no address, no error text.
struct HealthReport: Codable, Equatable, Sendable {
    enum Verdict: String, Codable, Sendable {
        case ok
        /// Not consuming.
        case unavailable
        /// The program does not advance although it could.
        case stuck
    }

    struct Component: Codable, Equatable, Sendable {
        var status: HealthBoard.Status
        /// RFC 3339, UTC.
        var since: String
    }

    var status: Verdict
    /// What is stuck, for people; absent when nothing is.
    var reason: String?
    var components: [String: Component]

    init(_ status: Verdict, reason: String? = nil, _ standings: [String: HealthBoard.Standing]) {
        self.status = status
        self.reason = reason
        components = standings.mapValues { Component(status: $0.status, since: $0.since.formatted(.iso8601)) }
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
