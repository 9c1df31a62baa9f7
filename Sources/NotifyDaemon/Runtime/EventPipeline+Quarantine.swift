import Broker
import Database
import DomainEvents
import FoundationEssentials
import Logging
import NotificationLog
import Pipeline
import Telemetry

extension EventPipeline {
    /// So long a message waits for its turn in quarantine; then it is parked, so that it holds no place in the window.
    private static let longestWait = Duration.seconds(300)
    /// Deliveries after which a message may be what ends the program.
    private static let suspiciousDeliveries: Int64 = 3

    /// The whole way of a message; one that was in work when the program ended, again and again, goes it alone.
    func pass(_ passage: Passage) async throws(PassageFailure) -> Disposition {
        if let claim = passage.claim {
            guard claim.claims < QuarantineStore.limit else {
                try await exhaust(claim, passage)
                return .acknowledge
            }
            guard let quarantined = try await quarantine(passage, claim) else { return .acknowledge }
            defer { quarantined.turn?.leave() }
            return try await process(quarantined)
        }
        guard let deliveries = suspiciousDeliveries(of: passage) else { return try await process(passage) }
        return try await passMarked(passage, deliveries)
    }

    /// How often it was delivered in vain, where that makes it suspicious.
    private func suspiciousDeliveries(of passage: Passage) -> Int? {
        guard let delivery = passage.delivery else { return nil }
        if case .integer(let count)? = delivery.properties.headers["x-delivery-count"] {
            return count >= Self.suspiciousDeliveries ? Int(Self.suspiciousDeliveries) : nil
        }
        return delivery.redelivered && !parts.countsDeliveries ? 1 : nil
    }

    // MARK: Before it is decoded

    /// Marked in a commit before anything is done with it, and unmarked when it came through.
    ///
    /// - Parameter deliveries: those in vain count as marks, so that five crashes in all are enough.
    private func passMarked(_ passage: Passage, _ deliveries: Int) async throws(PassageFailure) -> Disposition {
        // Contacts have no row that could be parked; they wait for as long as it takes.
        let limit = ContactEvent.isContactOnly(passage.message.routingKey) ? nil : Self.longestWait
        enter(.wait, passage)
        guard let turn = await lane.enter(within: limit) else {
            return Task.isCancelled ? .requeue : try await parkWaiting(passage)
        }
        defer { turn.leave() }
        let digest = ContentDigest.message(routingKey: passage.message.routingKey, body: passage.message.body)
        let token = UUIDv7.generate()
        enter(.receive, passage)
        let marks = try await persistently { () async throws(DatabaseError) in
            try await parts.log.quarantine.mark(digest, first: deliveries, token: token)
        }
        var marked = passage
        marked.turn = turn
        let disposition = marks < QuarantineStore.limit ? try await process(marked) : try await bury(marked, marks)
        try await persistently { () async throws(DatabaseError) in try await parts.log.quarantine.unmark(digest) }
        return disposition
    }

    /// Ends a message undecoded, with its row and its dead letter.
    private func bury(_ passage: Passage, _ marks: Int) async throws(PassageFailure) -> Disposition {
        let message = passage.message
        let id = message.messageID
        let rejection = Rejection(
            key: EventKey(
                eventType: message.routingKey,
                dedupeKey: EventIdentity.rejectedKey(eventID: id, routingKey: message.routingKey, body: message.body)
            ),
            notificationID: UUIDv7.generate(),
            eventID: id ?? UUIDv7.generate().uuidString.lowercased(),
            status: .failed,
            code: .claimsExhausted,
            message: "the program ended \(marks) times while it worked on this message",
            traceID: passage.traceID,
            receivedAt: message.receivedAt
        )
        let stored = parts.vault.store(parts.spans.carrying(passage.span, in: message))
        _ = try await persistently { () async throws(DatabaseError) in
            try await parts.log.rejections.buryUndeliverable(stored, as: rejection, reason: .failed)
        }
        let outcome = Outcome.failed(rejection.code, rejection.message)
        report(passage, eventID: rejection.eventID, recipientID: nil, channel: .none, outcome: outcome, attempt: 0)
        return .acknowledge
    }

    /// Parks a message that waited too long, as an event that nobody has read yet.
    private func parkWaiting(_ passage: Passage) async throws(PassageFailure) -> Disposition {
        let message = passage.message
        let request = ClaimRequest(
            key: EventKey(
                eventType: message.routingKey,
                dedupeKey: EventIdentity.waitingKey(
                    messageID: message.messageID,
                    routingKey: message.routingKey,
                    body: message.body
                )
            ),
            eventID: message.messageID ?? UUIDv7.generate().uuidString.lowercased(),
            recipientID: nil,
            fingerprint: [],
            channels: [.none],
            resendChannels: [],
            token: UUIDv7.generate(),
            notificationIDs: [UUIDv7.generate()]
        )
        let (outcome, _) = try await persistently { () async throws(DatabaseError) in
            try await parts.log.claims.claim(request)
        }
        switch outcome {
        case .claimed(let claim):
            _ = try await settle(passage, claim: claim, index: 0, outcome: Self.waitsForTurn())
            return .acknowledge
        case .duplicate: return .acknowledge
        case .conflict, .heldElsewhere: return .requeue
        }
    }

    /// Waits for others, outside the lane if that `isNeeded`: they may be waiting for the lane themselves.
    ///
    /// - Returns: false when its turn in the lane did not come again.
    func wait(_ passage: inout Passage, isNeeded: Bool, _ others: () async -> Void) async -> Bool {
        enter(.wait, passage)
        guard isNeeded, let turn = passage.turn else {
            await others()
            return true
        }
        turn.leave()
        await others()
        guard let again = await lane.enter(within: Self.longestWait) else { return false }
        passage.turn = again
        return true
    }

    /// Its turn did not come again: it is parked.
    func giveUpTurn(_ passage: Passage) async throws(PassageFailure) -> Disposition {
        guard let claim = passage.claim else { return Task.isCancelled ? .requeue : try await parkWaiting(passage) }
        try await parkWaiting(passage, claim)
        return .acknowledge
    }

    // MARK: Under a claim

    /// Waits for the lane where the event was claimed before without a settle.
    ///
    /// - Returns: nil when the turn did not come, and its notifications are parked.
    func quarantine(_ passage: Passage, _ claim: Claim) async throws(PassageFailure) -> Passage? {
        let isSuspicious = claim.claims > 1 || EventIdentity.isWaitingKey(claim.key.dedupeKey)
        guard isSuspicious, passage.turn == nil else { return passage }
        enter(.wait, passage)
        guard let turn = await lane.enter(within: Self.longestWait) else {
            try await parkWaiting(passage, claim)
            return nil
        }
        var quarantined = passage
        quarantined.turn = turn
        return quarantined
    }

    private func parkWaiting(_ passage: Passage, _ claim: Claim) async throws(PassageFailure) {
        for index in claim.notifications.indices where claim.notifications[index].state == .open {
            _ = try await settle(passage, claim: claim, index: index, outcome: Self.waitsForTurn())
        }
    }

    /// Gives up an event that was claimed five times without a settle, undecoded.
    func exhaust(_ claim: Claim, _ passage: Passage) async throws(PassageFailure) {
        let outcome = Outcome.failed(
            .claimsExhausted,
            "claimed \(claim.claims) times without a settle: its owner ended each time"
        )
        var undecoded = claim
        for index in claim.notifications.indices where claim.notifications[index].state == .open {
            undecoded.notifications[index].channel = .none
            _ = try await settle(passage, claim: undecoded, index: index, outcome: outcome)
        }
    }

    private static func waitsForTurn() -> Outcome {
        Outcome(
            status: .retrying,
            code: .quarantineWaiting,
            message: "waits for its turn among messages that were in work when the program ended",
            next: .retry(at: Date().addingTimeInterval(longestWait.seconds))
        )
    }

    /// A parked body that cannot be read, most often for want of its key: looks again later, and says so each time.
    func setAside(_ due: DueEvent, unreadable failure: MessageVault.Failure) async {
        let count = unreadable.shouldReport(failure.description, now: .now)
        var metadata: Logger.Metadata = [
            "event_id": .string(due.claim.eventID), "error": .string(failure.description),
        ]
        metadata["failures"] = count.map { .stringConvertible($0) }
        parts.logger.log(level: count == nil ? .debug : .error, "parked message unreadable", metadata: metadata)
        try? await parts.log.claims.putBack(due.claim, parked: due.parkedID, after: Self.longestWait)
    }
}
