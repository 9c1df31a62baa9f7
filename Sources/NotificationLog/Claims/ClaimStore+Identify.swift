import Database
import DomainEvents
import FoundationEssentials

/// What an event that was parked whole turned out to be.
public struct EventDecision: Sendable {
    /// Its true key, where it was parked under another: rejected before, or of a type that was not known.
    public var key: EventKey
    /// Its own id, where it was given one before anybody had read it.
    public var eventID: String
    public var fingerprint: [UInt8]
    public var recipientID: String?
    public var channels: [LogChannel]
    /// One for each channel; the first is the event's own, so that its row turns into the first channel's.
    public var notificationIDs: [UUID]

    public init(
        key: EventKey,
        eventID: String,
        fingerprint: [UInt8],
        recipientID: String?,
        channels: [LogChannel],
        notificationIDs: [UUID]
    ) {
        self.key = key
        self.eventID = eventID
        self.fingerprint = fingerprint
        self.recipientID = recipientID
        self.channels = channels
        self.notificationIDs = notificationIDs
    }
}

/// What came of deciding on an event that was parked whole.
public enum DecisionOutcome: Sendable, Equatable {
    /// The claim goes on under the true key, with the channels fixed.
    case decided(Claim)
    /// The true key is another event's: of the same fact, or of another one.
    case taken(isSameFact: Bool)
    /// Another owner has the claim.
    case claimLost
}

extension ClaimStore {
    /// Fixes the channels of a claimed event that had none, and gives it its true key.
    public func decide(_ claim: Claim, _ decision: EventDecision) async throws(DatabaseError) -> DecisionOutcome {
        do throws(DatabaseError) {
            let table = try await lane.runUntilCommitted([Self.decide(claim, decision)])[0]
            if try table.rows[0].integer(0) >= 1 { return .decided(Self.decided(claim, decision)) }
        } catch {
            // Another event took the key while we looked.
            guard error.sqlState == Self.uniqueViolation else { throw error }
        }
        return try await whoHas(decision, instead: claim)
    }

    /// May run twice, and late: what is decided already it leaves alone.
    private static func decide(_ claim: Claim, _ decision: EventDecision) -> Statement {
        let sql = """
            WITH decided AS (
                UPDATE event e SET dedupe_key = $4, fingerprint = $5, recipient_id = $6, channels = $7,
                    notification_ids = $8, event_id = $9, states = array_fill('open'::text, ARRAY[cardinality($7)])
                WHERE event_type = $1 AND dedupe_key = $2 AND claim_token = $3 AND lease_until IS NOT NULL
                    AND channels = '{none}' AND NOT EXISTS (SELECT FROM event o WHERE o.event_type = $1 AND o.dedupe_key = $4
                        AND o.claim_token <> $3)
                RETURNING e.created_at
            ), moved AS (
                UPDATE parked SET dedupe_key = $4
                WHERE event_type = $1 AND dedupe_key = $2 AND EXISTS (SELECT FROM decided)
            ), buried AS (
                UPDATE dead_letter SET dedupe_key = $4, event_id = $9
                WHERE event_type = $1 AND dedupe_key = $2 AND EXISTS (SELECT FROM decided)
            ), logged AS (
                UPDATE notification_log l SET dedupe_key = $4, event_id = $9 FROM decided d
                WHERE l.id = $8[1] AND l.created_at = d.created_at
            )
            -- Decided now, or by this statement's first run, whose answer was lost.
            SELECT (SELECT count(*) FROM decided) + (SELECT count(*) FROM event WHERE event_type = $1
                AND dedupe_key = $4 AND claim_token = $3 AND lease_until IS NOT NULL AND channels = $7)
            """
        let parameters: [SQLValue] =
            claim.key.parameters + [
                .uuid(claim.token), .text(decision.key.dedupeKey), .bytes(decision.fingerprint),
                .optional(decision.recipientID), .texts(decision.channels.map(\.rawValue)),
                .uuids(decision.notificationIDs), .text(decision.eventID),
            ]
        return Statement(sql, parameters)
    }

    private func whoHas(
        _ decision: EventDecision,
        instead claim: Claim
    ) async throws(DatabaseError) -> DecisionOutcome {
        let sql = "SELECT fingerprint FROM event WHERE event_type = $1 AND dedupe_key = $2 AND claim_token <> $3"
        let statement = Statement(sql, decision.key.parameters + [.uuid(claim.token)])
        guard decision.key != claim.key, let row = try await lane.runUntilCommitted([statement])[0].rows.first
        else { return .claimLost }
        return .taken(isSameFact: try row.bytes(0) == decision.fingerprint)
    }

    private static func decided(_ claim: Claim, _ decision: EventDecision) -> Claim {
        let first = claim.notifications.first
        var decided = claim
        decided.key = decision.key
        decided.eventID = decision.eventID
        decided.notifications = zip(decision.channels, decision.notificationIDs).enumerated().map { place, entry in
            ClaimedNotification(
                id: entry.1,
                channel: entry.0,
                state: .open,
                attempts: place == 0 ? first?.attempts ?? 0 : 0,
                attemptsBefore: place == 0 ? first?.attemptsBefore ?? 0 : 0,
                isBegun: false
            )
        }
        return decided
    }

    /// SQLSTATE, from Postgres's appendix A.
    private static let uniqueViolation = "23505"
}
