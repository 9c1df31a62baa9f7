import Database
import DomainEvents
import FoundationEssentials
import Reactor

/// Takes, renews, marks and gives back claims; batches what comes together.
public struct ClaimStore: Sendable {
    let lane: DatabaseLane
    private let lease: Duration
    private let batcher: Batcher<ClaimRequest, ClaimOutcome>

    /// - Parameter lane: of its own, so that claims do not wait behind settles.
    /// - Parameter lease: how long a claim lasts without renewal, by Postgres's clock.
    public init(lane: DatabaseLane, reactor: Reactor, lease: Duration, grace: TakeOverGrace) {
        self.lane = lane
        self.lease = lease
        batcher = Batcher(reactor: reactor) { requests throws(DatabaseError) in
            // Retention deletes an event for good between the batch's statements at most once.
            for _ in 0..<2 {
                var outcomes = try await Self.insert(requests, lease, lane)
                let known = requests.filter { outcomes[$0.key] == nil }
                if !known.isEmpty {
                    let statements = ClaimStatements.takeOverAndRead(
                        known,
                        lease: lease,
                        grace: await grace.parameters(for: lane)
                    )
                    let rows = try await lane.runUntilCommitted(statements)[1].rows
                    outcomes.merge(try Self.outcomes(of: rows, for: known)) { first, _ in first }
                }
                let replies = requests.compactMap { outcomes[$0.key] }
                if replies.count == requests.count { return replies }
            }
            throw DatabaseError(.unexpectedResult, "a claimed event is not in table event")
        }
    }

    /// Waits for the commit; over lost connections the same token is sent again and meets its own row.
    public func claim(
        _ request: ClaimRequest
    ) async throws(DatabaseError) -> (outcome: ClaimOutcome, batch: BatchInfo) {
        let committed = try await batcher.submit(request)
        return (committed.reply, committed.batch)
    }

    /// What is new is claimed by its insert; over a lost reply it is found again like any other.
    private static func insert(
        _ requests: [ClaimRequest],
        _ lease: Duration,
        _ lane: DatabaseLane
    ) async throws(DatabaseError) -> [EventKey: ClaimOutcome] {
        let rows = try await lane.runUntilCommitted([ClaimStatements.insert(requests, lease: lease)])[0].rows
        var createdAt: [EventKey: Date] = [:]
        for row in rows {
            createdAt[EventKey(eventType: try row.text(0), dedupeKey: try row.text(1))] = try row.timestamp(2)
        }
        var outcomes: [EventKey: ClaimOutcome] = [:]
        for request in requests {
            outcomes[request.key] = createdAt[request.key].map { .claimed(Claim(first: request, at: $0)) }
        }
        return outcomes
    }

    private static func outcomes(
        of rows: [ResultRow],
        for requests: [ClaimRequest]
    ) throws(DatabaseError) -> [EventKey: ClaimOutcome] {
        let requestsByKey = Dictionary(requests.map { ($0.key, $0) }) { first, _ in first }
        var outcomes: [EventKey: ClaimOutcome] = [:]
        for row in rows {
            let key = EventKey(eventType: try row.text(0), dedupeKey: try row.text(1))
            guard let request = requestsByKey[key] else { continue }
            outcomes[key] = try ClaimReader.outcome(of: row, for: request)
        }
        return outcomes
    }

    /// Marks the channels' sends as begun: what a crash leaves after this is uncertain, before it a plain retry.
    ///
    /// - Returns: false when the claim is no longer ours.
    public func begin(_ claim: Claim, channel: Channel) async throws(DatabaseError) -> Bool {
        let sql = """
            UPDATE event SET begun = array_append(array_remove(begun, $4), $4)
            WHERE event_type = $1 AND dedupe_key = $2 AND claim_token = $3 AND lease_until IS NOT NULL
            """
        let table = try await lane.runUntilCommitted([
            Statement(sql, claim.key.parameters + [.uuid(claim.token), .text(channel.rawValue)])
        ])[0]
        return table.affectedRows == 1
    }

    /// Extends the leases of claims that are still ours; called well before they run out.
    ///
    /// - Returns: the tokens still ours.
    public func renew(_ claims: [Claim]) async throws(DatabaseError) -> Set<UUID> {
        let sql = """
            UPDATE event e SET lease_until = now() + make_interval(secs => $4)
            FROM unnest($1::text[], $2::text[], $3::uuid[]) AS i(event_type, dedupe_key, token)
            WHERE e.event_type = i.event_type AND e.dedupe_key = i.dedupe_key AND e.claim_token = i.token
                AND e.lease_until IS NOT NULL
            RETURNING e.claim_token
            """
        let sorted = claims.sorted { $0.key < $1.key }
        let rows = try await lane.run([
            Statement(sql, Self.keysAndTokens(of: sorted) + [.double(lease.seconds)])
        ])[0].rows
        var tokens: Set<UUID> = []
        for row in rows { tokens.insert(try row.uuid(0)) }
        return tokens
    }

    /// Gives claims back whose sends were not begun, so that the next delivery of their events takes them at once.
    public func release(_ claims: [Claim]) async throws(DatabaseError) {
        let sql = """
            UPDATE event e SET lease_until = NULL, begun = '{}'
            FROM unnest($1::text[], $2::text[], $3::uuid[]) AS i(event_type, dedupe_key, token)
            WHERE e.event_type = i.event_type AND e.dedupe_key = i.dedupe_key AND e.claim_token = i.token
            """
        let sorted = claims.sorted { $0.key < $1.key }
        let wake = """
            UPDATE parked p SET due_at = now()
            FROM unnest($1::text[], $2::text[], $3::uuid[]) AS i(event_type, dedupe_key, token)
            WHERE p.event_type = i.event_type AND p.dedupe_key = i.dedupe_key AND p.hold = 'lease'
            """
        let parameters = Self.keysAndTokens(of: sorted)
        _ = try await lane.run([Statement(sql, parameters), Statement(wake, parameters)])
    }

    /// Gives a claim back whose parked message could not be read; it is taken up again later.
    public func putBack(_ claim: Claim, parked id: Int64, after pause: Duration) async throws(DatabaseError) {
        let release = """
            UPDATE event SET lease_until = NULL WHERE event_type = $1 AND dedupe_key = $2 AND claim_token = $3
            """
        let wait = "UPDATE parked SET due_at = now() + make_interval(secs => $2) WHERE id = $1 AND hold = 'lease'"
        _ = try await lane.run([
            Statement(release, claim.key.parameters + [.uuid(claim.token)]),
            Statement(wait, [.integer(id), .double(pause.seconds)]),
        ])
    }

    private static func keysAndTokens(of claims: [Claim]) -> [SQLValue] {
        [.texts(claims.map(\.key.eventType)), .texts(claims.map(\.key.dedupeKey)), .uuids(claims.map(\.token))]
    }
}

extension EventKey {
    /// `$1` and `$2` of the statements about one event.
    var parameters: [SQLValue] { [.text(eventType), .text(dedupeKey)] }
}
