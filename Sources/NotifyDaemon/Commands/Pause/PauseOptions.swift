import ArgumentParser
import DomainEvents
import FoundationEssentials
import NotificationLog

/// What `pause` and `resume` concern: a type, a channel, both, or everything.
struct PauseScopeOptions: ParsableArguments {
    @Option(help: "Only this event type's notifications.")
    var type: String?

    @Option(help: "Only this channel's: email or sms.")
    var channel: Channel?

    @Flag(help: "All notifications.")
    var all = false

    var isEmpty: Bool { type == nil && channel == nil && !all }

    var scope: PauseScope { PauseScope(eventType: type, channel: channel) }

    /// - Parameter other: a further way to say what to do.
    func validate(or other: String = "") throws {
        if isEmpty { throw ValidationError("give --type, --channel, both, or --all\(other)") }
        if all, type != nil || channel != nil {
            throw ValidationError("--all stands alone; --type and --channel narrow it down")
        }
    }
}

extension PauseScope {
    /// For people: `payment.completed by sms`.
    var text: String {
        switch (eventType, channel) {
        case (nil, nil): "all notifications"
        case (let type?, nil): type
        case (nil, let channel?): "everything by \(channel.rawValue)"
        case (let type?, let channel?): "\(type) by \(channel.rawValue)"
        }
    }

    /// The options that name it.
    var options: String {
        let parts = [eventType.map { "--type \($0)" }, channel.map { "--channel \($0.rawValue)" }].compactMap(\.self)
        return parts.isEmpty ? "--all" : parts.joined(separator: " ")
    }

    /// Whether every notification of the other scope is in this one.
    func contains(_ other: PauseScope) -> Bool {
        (eventType == nil || eventType == other.eventType) && (channel == nil || channel == other.channel)
    }
}

/// A pause as it is printed.
struct PauseLine: Encodable {
    /// Null: any.
    var eventType: String?
    var channel: String?
    var reason: String?
    var since: Date?
    var who: String?
    /// Whether this command changed anything; absent in the list.
    var changed: Bool?

    private enum CodingKeys: String, CodingKey {
        case eventType = "event_type"
        case channel, reason, since, who, changed
    }

    init(_ pause: Pause, changed: Bool? = nil) {
        self.init(pause.scope, changed: changed)
        reason = pause.reason
        since = pause.since
        who = pause.who
    }

    init(_ scope: PauseScope, changed: Bool?) {
        eventType = scope.eventType
        channel = scope.channel?.rawValue
        self.changed = changed
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(eventType, forKey: .eventType)
        try container.encode(channel, forKey: .channel)
        try container.encodeIfPresent(reason, forKey: .reason)
        try container.encodeIfPresent(since, forKey: .since)
        try container.encodeIfPresent(who, forKey: .who)
        try container.encodeIfPresent(changed, forKey: .changed)
    }

    static func table(_ lines: [PauseLine]) -> TextTable {
        TextTable(
            columns: [
                TableColumn("SINCE (UTC)", .last), TableColumn("TYPE", .last), TableColumn("CHANNEL", .last), "WHO",
                TableColumn("REASON", .first),
            ],
            rows: lines.map { line in
                [
                    line.since.map(TimeText.short) ?? "-", line.eventType ?? "any", line.channel ?? "any",
                    line.who ?? "-", line.reason ?? "-",
                ]
            }
        )
    }
}

extension Pause {
    /// Who paused it, when and why.
    var story: String {
        "since \(TimeText.withAge(since)) by \(who)\(reason.map { ": \($0)" } ?? "")"
    }
}
