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
    /// - Parameter definition: nil for a type the catalogue does not have.
    func claimAndDeliver(
        _ passage: Passage,
        _ event: DomainEvent,
        definition: NotificationDefinition?
    ) async throws(PassageFailure) -> Disposition {
        let eventID = try await eventID(of: event, passage)
        let identity = EventIdentity.of(
            event: event,
            eventID: eventID,
            dedupeFields: definition?.dedupe ?? [],
            schema: definition?.schema ?? EventSchema(fields: [])
        )
        let key = passage.claim?.key ?? EventKey(eventType: event.type, dedupeKey: identity.dedupeKey)
        // The same event again while it is being sent waits for that one, and finds it settled.
        await keys.begin(key)
        defer { keys.end(key) }
        let route = try await route(event, definition, of: passage)
        if let parked = passage.claim {
            guard let claim = try await decided(parked, route) else { return .acknowledge }
            return try await deliverAll(passage, event, route, claim)
        }
        let request = ClaimRequest(
            key: key,
            eventID: eventID,
            recipientID: event.recipientID,
            fingerprint: identity.fingerprint,
            channels: route.channels,
            resendChannels: route.resendChannels,
            token: UUID(),
            notificationIDs: route.channels.map { _ in UUIDv7.generate() }
        )
        return try await claim(request, passage, event, route)
    }

    private func claim(
        _ request: ClaimRequest,
        _ passage: Passage,
        _ event: DomainEvent,
        _ route: EventRoute
    ) async throws(PassageFailure) -> Disposition {
        while true {
            let start = ContinuousClock.now
            let (outcome, batch) = try await persistently { () async throws(DatabaseError) in
                try await parts.log.claims.claim(request)
            }
            parts.spans.database("claim event", operation: "INSERT", batch: batch, in: passage.span)
            switch outcome {
            case .claimed(let taken):
                crashPoint(.claim, passage)
                await parts.leases.hold(taken, since: start)
                guard let claim = try await decided(taken, route) else { continue }
                return try await deliverAll(passage, event, route, claim)
            case .duplicate:
                parts.logger.debug("duplicate", metadata: ["event_id": .string(request.eventID)])
                passage.span.set("notifyd.outcome", "duplicate")
                return .acknowledge
            case .conflict:
                let rejection = EventRejection(
                    code: .identityConflict,
                    message: "an event with the same \(request.key.dedupeKey.prefix { $0 != ":" }) has other values",
                    // Its own id, or none: the dead-letter collector has to find this row from the message alone.
                    eventID: event.eventID
                )
                return try await reject(passage, rejection)
            case .heldElsewhere:
                let message = parts.vault.store(passage.message)
                let isParked = try await persistently { () async throws(DatabaseError) in
                    try await parts.log.parked.parkCopy(of: request.key, message: message)
                }
                if isParked { return .acknowledge }
            }
        }
    }

    /// The id the event goes by: its own, its claim's, or one that its redeliveries will find again.
    private func eventID(of event: DomainEvent, _ passage: Passage) async throws(PassageFailure) -> String {
        if let claim = passage.claim { return claim.eventID }
        if let own = event.eventID { return own }
        guard let delivery = passage.delivery else { return UUIDv7.generate().uuidString.lowercased() }
        let digest = ContentDigest.message(routingKey: event.type, body: passage.message.body)
        let connection = "\(parts.instanceID)/\(delivery.id.generation)"
        let id = try await persistently { () async throws(DatabaseError) in
            try await parts.log.anonymous.identify(
                bodyDigest: digest,
                eventType: event.type,
                fresh: UUIDv7.generate().uuidString.lowercased(),
                redelivered: delivery.redelivered,
                connection: connection,
                tag: delivery.id.tag
            )
        }
        anonymous[delivery.id] = id
        return id
    }

    /// A parked event whose channels can be decided now gets them; nil when the claim was lost meanwhile.
    private func decided(_ claim: Claim, _ route: EventRoute) async throws(PassageFailure) -> Claim? {
        guard claim.notifications.map(\.channel) == [.none], route.channels != [.none] else { return claim }
        let ids = [claim.notifications[0].id] + route.channels.dropFirst().map { _ in UUIDv7.generate() }
        return try await persistently { () async throws(DatabaseError) in
            try await parts.log.claims.fixChannels(of: claim, to: route.channels, notificationIDs: ids)
        }
    }
}
