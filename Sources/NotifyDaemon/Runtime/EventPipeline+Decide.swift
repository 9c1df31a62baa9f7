import Database
import DomainEvents
import FoundationEssentials
import Logging
import NotificationLog
import Pipeline

extension EventPipeline {
    /// Gives an event that was parked whole its channels and its true key, as soon as both are known.
    ///
    /// - Returns: the claim to go on with; nil when it is lost, or the event turned out to be one that is known already.
    func decide(
        _ passage: Passage,
        _ claim: Claim,
        _ identity: EventIdentity,
        _ route: EventRoute
    ) async throws(PassageFailure) -> Claim? {
        let key = EventKey(eventType: route.event.type, dedupeKey: identity.dedupeKey)
        guard claim.isUndecided, route.channels != [.none] || key != claim.key else { return claim }
        let ids = [claim.notifications[0].id] + route.channels.dropFirst().map { _ in UUIDv7.generate() }
        let decision = EventDecision(
            key: key,
            eventID: route.event.eventID ?? claim.eventID,
            fingerprint: identity.fingerprint,
            recipientID: route.event.recipientID,
            channels: route.channels,
            notificationIDs: ids
        )
        let outcome = try await persistently { () async throws(DatabaseError) in
            try await parts.log.claims.decide(claim, decision)
        }
        switch outcome {
        case .decided(let decided):
            await parts.leases.replace(decided)
            return decided
        case .taken(isSameFact: true):
            parts.metrics.duplicate(channel: route.onlyChannel, reason: .sameFact)
            try await close(passage, .eventDuplicate, "the same fact came before and has its own row")
            return nil
        case .taken(isSameFact: false):
            _ = try await reject(passage, conflict(identity, route.event))
            return nil
        case .claimLost:
            return nil
        }
    }

    /// Ends an event that was parked whole and of which nothing is to be sent.
    func close(_ passage: Passage, _ code: ErrorCode, _ message: String) async throws(PassageFailure) {
        guard let claim = passage.claim else { return }
        let outcome = Outcome.withheld(.suppressed, RoutingReason(code, message))
        for index in claim.notifications.indices where claim.notifications[index].state == .open {
            _ = try await settle(passage, claim: claim, index: index, outcome: outcome)
        }
    }
}
