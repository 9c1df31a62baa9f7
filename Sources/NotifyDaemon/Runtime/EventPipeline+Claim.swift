import Broker
import Database
import DomainEvents
import FoundationEssentials
import Logging
import NotificationLog
import Pipeline
import Reactor
import Senders
import Telemetry
import Tracing

extension EventPipeline {
    /// Claims the event, unless somebody has it or nothing is left to do, and delivers what is open.
    ///
    /// - Parameter held: the key whose turn the caller has, and ends.
    func claimAndDeliver(
        _ received: Passage,
        _ identified: IdentifiedEvent,
        holding held: EventKey? = nil
    ) async throws(PassageFailure) -> Disposition {
        var passage = received
        let eventID = try await eventID(of: identified.event, passage)
        let identity = EventIdentity.of(
            event: identified.event,
            eventID: eventID,
            dedupeFields: identified.definition?.dedupe ?? [],
            schema: identified.schema
        )
        let key = EventKey(eventType: identified.event.type, dedupeKey: identity.dedupeKey)
        // The same event again while it is being sent waits for that one, and finds it settled.
        let isHeld = held == key
        var isReady = isHeld
        if !isHeld { isReady = await wait(&passage, isNeeded: !keys.isFree(key)) { await self.keys.begin(key) } }
        defer {
            if !isHeld { keys.end(key) }
            passage.turn?.leave()
        }
        guard isReady else { return try await giveUpTurn(passage) }
        enter(.claim, passage)
        let route = try await route(identified)
        if let parked = passage.claim {
            guard let claim = try await decide(passage, parked, identity, route) else { return .acknowledge }
            _ = try await deliverAll(passage, route, claim)
            return .acknowledge
        }
        let channels = route.deliveryChannels
        var isWorthTrying = false
        let hasTurn = await wait(&passage, isNeeded: await parts.providers.holdsBack(channels)) {
            isWorthTrying = await self.parts.providers.untilWorthTrying(channels, passage: received.number)
        }
        guard isWorthTrying else { return .requeue }
        guard hasTurn else { return try await giveUpTurn(passage) }
        return try await claim(passage, eventID, identity, route)
    }

    private func claim(
        _ passage: Passage,
        _ eventID: String,
        _ identity: EventIdentity,
        _ route: EventRoute
    ) async throws(PassageFailure) -> Disposition {
        while !Task.isCancelled {
            let request = request(eventID, identity, route)
            enter(.claim, passage)
            let start = ContinuousClock.now
            let (outcome, batch) = try await persistently { () async throws(DatabaseError) in
                try await parts.log.claims.claim(request)
            }
            parts.spans.database("claim event", operation: "INSERT", batch: batch, in: passage.span)
            switch outcome {
            case .claimed(let taken):
                crashPoint(.claim, passage)
                parts.logger.debug(
                    "claimed",
                    metadata: [
                        "event_id": .string(eventID), "claims": .stringConvertible(taken.claims),
                        "channels": .array(taken.notifications.map { .string($0.channel.rawValue) }),
                    ]
                )
                await parts.leases.hold(taken, since: start)
                guard let ended = try await deliver(taken, passage, identity, route) else { continue }
                return ended
            case .duplicate:
                parts.logger.debug("duplicate", metadata: ["event_id": .string(eventID)])
                passage.span.set("notifyd.outcome", "duplicate")
                parts.metrics.duplicate(channel: route.onlyChannel, reason: .settled)
                return .acknowledge
            case .conflict:
                return try await reject(passage, conflict(identity, route.event))
            case .heldElsewhere:
                let message = parts.vault.store(parts.spans.carrying(passage.span, in: passage.message))
                let isParked = try await persistently { () async throws(DatabaseError) in
                    try await parts.log.parked.parkCopy(of: request.key, message: message)
                }
                parts.logger.debug(
                    "claimed elsewhere",
                    metadata: ["event_id": .string(eventID), "parked": .stringConvertible(isParked)]
                )
                guard isParked else { continue }
                parts.metrics.duplicate(channel: route.onlyChannel, reason: .claimedElsewhere)
                return .acknowledge
            }
        }
        return .requeue
    }

    private func request(
        _ eventID: String,
        _ identity: EventIdentity,
        _ route: EventRoute
    ) -> ClaimRequest {
        ClaimRequest(
            key: EventKey(eventType: route.event.type, dedupeKey: identity.dedupeKey),
            eventID: eventID,
            recipientID: route.event.recipientID,
            fingerprint: identity.fingerprint,
            channels: route.channels,
            resendChannels: route.resendChannels,
            token: ids.next(),
            notificationIDs: route.channels.map { _ in ids.next() }
        )
    }

    /// - Returns: nil when the claim was lost meanwhile: the message's own is needed again, or somebody has settled it.
    private func deliver(
        _ taken: Claim,
        _ passage: Passage,
        _ identity: EventIdentity,
        _ route: EventRoute
    ) async throws(PassageFailure) -> Disposition? {
        guard taken.claims < QuarantineStore.limit else {
            try await exhaust(taken, passage)
            return .acknowledge
        }
        guard let quarantined = try await quarantine(passage, taken) else { return .acknowledge }
        defer { quarantined.turn?.leave() }
        guard let claim = try await decide(quarantined, taken, identity, route) else { return nil }
        switch try await deliverAll(quarantined, route, claim) {
        case .settled: return .acknowledge
        case .released, .leftClaimed: return .requeue
        case .claimLost: return nil
        }
    }

    func conflict(_ identity: EventIdentity, _ event: DomainEvent) -> EventRejection {
        EventRejection(
            code: .identityConflict,
            message: "an event with the same \(identity.dedupeKey.prefix { $0 != ":" }) has other values",
            // Its own id, or none: the dead-letter collector has to find this row from the message alone.
            eventID: event.eventID
        )
    }
}
