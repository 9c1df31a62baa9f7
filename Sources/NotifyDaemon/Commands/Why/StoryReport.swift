import FoundationEssentials
import NotificationLog

/// Makes one list, oldest first, of what the tables say about an event.
struct StoryReport {
    private let story: EventStory
    private(set) var entries: [StoryEntry] = []

    init(_ story: EventStory) {
        self.story = story
        addReceipt()
        addClaims()
        for attempt in story.attempts { add(attempt) }
        for letter in story.deadLetters { add(letter) }
        for notification in story.notifications { add(notification) }
        for wait in story.waits { add(wait) }
        for action in story.actions { add(action) }
        // What happened in one commit stays in the order it was added.
        entries = entries.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    /// A head line, then a line for each entry: time, channel, words.
    var lines: [String] {
        var head = "\(story.eventType) \(story.eventID ?? "without id") (\(story.dedupeKey))"
        if let entry = story.notifications.first {
            if let recipient = entry.recipientID { head += ", recipient \(recipient)" }
            if let trace = entry.traceID { head += ", trace \(trace)" }
        }
        let width = entries.map { ($0.channel ?? "").count }.max() ?? 0
        return [head]
            + entries.map { entry in
                let channel = entry.channel ?? ""
                let padding = String(repeating: " ", count: width - channel.count + 2)
                return "\(TimeText.full(entry.at))  \(channel)\(padding)\(entry.text)"
            }
    }

    private mutating func addReceipt() {
        guard let first = story.notifications.min(by: { $0.receivedAt < $1.receivedAt }) else { return }
        var entry = StoryEntry(.received, at: first.receivedAt, of: story)
        entry.text = "received"
        entries.append(entry)
    }

    /// The first claim made the event's row; each notification tells the last one under which it was written.
    private mutating func addClaims() {
        let times = story.notifications.compactMap(\.claimedAt)
        guard !times.isEmpty || story.claims?.leaseUntil != nil else { return }
        let first = story.claims?.firstAt ?? story.notifications.map(\.createdAt).min()
        var seen: Set<Date> = []
        for (place, time) in ([first].compactMap(\.self) + times).sorted().enumerated() where seen.insert(time).inserted
        {
            var entry = StoryEntry(.claimed, at: time, of: story)
            entry.text = place == 0 ? "claimed" : "claimed again"
            entries.append(entry)
        }
        guard let claims = story.claims, let lease = claims.leaseUntil, !entries.isEmpty else { return }
        let last = entries.count - 1
        entries[last].text +=
            ", in work now, lease until \(TimeText.full(lease)), claims without a settle \(claims.count)"
    }

    private mutating func add(_ attempt: EventStory.Attempt) {
        var entry = StoryEntry(.attempt, at: attempt.startedAt, of: story)
        name(&entry, attempt.notificationID)
        entry.attempt = attempt.number
        entry.provider = attempt.provider
        entry.outcome = attempt.outcome
        entry.errorCode = attempt.errorCode
        entry.error = attempt.error
        entry.durationMS = attempt.milliseconds
        (entry.dnsMS, entry.connectMS) = (attempt.dns, attempt.connect)
        (entry.tlsMS, entry.totalMS) = (attempt.tls, attempt.total)
        let parts = [
            ("dns", attempt.dns), ("connect", attempt.connect), ("tls", attempt.tls), ("total", attempt.total),
        ].compactMap { name, value in value.map { "\(name) \(Self.milliseconds($0))" } }
        let timings = ([Self.milliseconds(attempt.milliseconds)] + parts).joined(separator: ", ")
        let provider = attempt.provider.map { " by \($0)" } ?? ""
        entry.text = "attempt \(attempt.number)\(provider): \(attempt.outcome)\(entry.why) (\(timings))"
        entries.append(entry)
    }

    private mutating func add(_ row: AuditEntry) {
        var entry = StoryEntry(.status, at: row.updatedAt, of: story)
        entry.notificationID = row.id.uuidString.lowercased()
        entry.channel = row.channel
        entry.attempt = row.attempts
        entry.provider = row.provider
        entry.outcome = row.status
        entry.errorCode = row.errorCode
        entry.error = row.error
        entry.text = "\(row.status)\(entry.why)"
        if let address = row.addressMasked { entry.text += ", to \(address)" }
        if row.status == "sent", let provider = row.provider { entry.text += " by \(provider)" }
        if let id = row.providerMessageID { entry.text += ", provider's id \(id)" }
        if row.resendCount > 0 { entry.text += ", sent again \(row.resendCount)" }
        entry.text += "; notification \(row.id.uuidString.lowercased())"
        entries.append(entry)
    }

    /// The row is as old as the first parking, what it says as new as the notification's last change.
    private mutating func add(_ wait: EventStory.Wait) {
        let changes = story.notifications.filter { wait.notificationID == nil || $0.id == wait.notificationID }
        let at = ([wait.parkedAt] + changes.map(\.updatedAt)).max() ?? wait.parkedAt
        var entry = StoryEntry(.parked, at: at, of: story)
        name(&entry, wait.notificationID)
        entry.channel = entry.channel ?? wait.channel
        entry.hold = wait.hold
        let isHeld = wait.dueAt == .distantFuture
        entry.dueAt = isHeld ? nil : wait.dueAt
        let end = isHeld ? "on hold" : "parked until \(TimeText.full(wait.dueAt))"
        entry.text = end + Self.meaning(of: wait)
        entries.append(entry)
    }

    private mutating func add(_ letter: DeadLetterEntry) {
        var entry = StoryEntry(.deadLettered, at: letter.diedAt, of: story)
        name(&entry, letter.notificationID)
        entry.channel = entry.channel ?? letter.channel
        entry.errorCode = letter.errorCode
        entry.outcome = letter.reason
        entry.text = "dead letter \(letter.id): \(letter.reason)\(entry.why)"
        if let replayed = letter.replayedAt { entry.text += ", replayed \(TimeText.full(replayed))" }
        entries.append(entry)
    }

    private mutating func add(_ action: EventStory.Action) {
        var entry = StoryEntry(.operatorAction, at: action.at, of: story)
        (entry.who, entry.action, entry.filter, entry.reason) = (
            action.who, action.action, action.filter, action.reason
        )
        let filter = action.filter.map { " \($0)" } ?? ""
        entry.text = "\(action.action)\(filter) by \(action.who)\(action.reason.map { ": \($0)" } ?? "")"
        entries.append(entry)
    }

    private func name(_ entry: inout StoryEntry, _ id: UUID?) {
        guard let id else { return }
        entry.notificationID = id.uuidString.lowercased()
        entry.channel = story.notifications.first { $0.id == id }?.channel
    }

    private static func meaning(of wait: EventStory.Wait) -> String {
        switch wait.hold {
        case "due": ""
        case "lease": ", behind a claim that is running"
        case "breaker": ", until its provider is back"
        case "paused": ", until notifyd resume"
        case "uncertain": ", until notifyd uncertain resolve"
        default: ", \(wait.hold)"
        }
    }

    /// `0.4 ms`, `23 ms`.
    private static func milliseconds(_ value: Double) -> String {
        let tenths = (value * 10).rounded()
        guard tenths < 100 else { return "\(Int(min(value.rounded(), 1e15))) ms" }
        return "\(Int(tenths) / 10).\(Int(tenths) % 10) ms"
    }
}
