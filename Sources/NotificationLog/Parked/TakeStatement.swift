import Database
import DomainEvents

/// The SQL that takes up what is due under fresh claims.
///
/// It waits for no lock: what somebody else works on at this moment is skipped, and is still there next time.
enum TakeStatement {
    static func statement(_ order: TakeOrder, lease: Duration, grace: [SQLValue]) -> Statement {
        let types = order.resendChannels.sorted { $0.key < $1.key }
        let waiting = order.waiting.sorted { $0.key.rawValue < $1.key.rawValue }
        let parameters: [SQLValue] = [
            .integer(Int64(order.limit)), .double(lease.seconds), .texts(types.map(\.key)),
            .texts(types.map { $0.value.map(\.rawValue).joined(separator: ",") }),
        ]
        let limits: [SQLValue] = [
            .texts(waiting.map(\.key.rawValue)), .integers(waiting.map { Int64($0.value.limit) }),
            .booleans(waiting.map(\.value.ignoresDueTime)),
        ]
        return Statement(sql, parameters + grace + limits)
    }

    /// What waits for a provider has a limit of its own for each channel; a channel that is not named has none.
    private static let candidates = """
        candidates AS (
            (SELECT id FROM parked WHERE hold <> 'breaker' AND due_at <= now() ORDER BY due_at LIMIT $1)
            UNION ALL
            SELECT waiting.id FROM unnest($7::text[], $8::int8[], $9::boolean[]) AS l(channel, most, at_once),
                LATERAL (
                    SELECT p.id FROM parked p
                    WHERE p.hold = 'breaker' AND p.channel = l.channel AND (l.at_once OR p.due_at <= now())
                    ORDER BY p.due_at LIMIT l.most
                ) AS waiting
            UNION ALL
            (SELECT id FROM parked WHERE hold = 'breaker' AND due_at <= now() AND channel <> ALL($7)
            ORDER BY due_at LIMIT $1)
        )
        """

    /// Whether the parked row `c` is about the notification `s` of the event `e`.
    private static let isIts = """
        (c.notification_id = s.id OR (c.notification_id IS NULL AND e.channels = '{none}'))
        """

    private static let resendChannels = """
        string_to_array(coalesce((SELECT p.resend_channels FROM policy p WHERE p.event_type = e.event_type),
            -- Of a type that is unknown here a newer version may have sent something.
            array_to_string(e.channels, ',')), ',')
        """

    private static let claimed = """
        claimed AS (
            UPDATE event e SET
                claim_token = gen_random_uuid(),
                lease_until = now() + make_interval(secs => $2),
                claims = e.claims + (e.lease_until IS NOT NULL)::integer,
                resend_count = e.resend_count + (e.lease_until IS NOT NULL
                    AND \(ClaimStatements.mayHaveSent(resendChannels: resendChannels)))::integer,
                states = (
                    SELECT array_agg(CASE WHEN s.state = 'parked' AND \(isIts) THEN 'open' ELSE s.state END
                        ORDER BY s.place)
                    FROM unnest(e.states, e.notification_ids) WITH ORDINALITY AS s(state, id, place)
                )
            FROM chosen c
            WHERE e.event_type = c.event_type AND e.dedupe_key = c.dedupe_key
                AND \(ClaimStatements.isFree(grace: 5))
                AND EXISTS (
                    SELECT FROM unnest(e.states, e.notification_ids) AS s(state, id)
                    WHERE s.state = 'open' OR (s.state = 'parked' AND \(isIts))
                )
            RETURNING c.id AS parked_id, c.body, c.headers, e.*
        )
        """

    /// A copy whose event is settled has nothing to wait for; one whose owner lives looks again in a second.
    private static let waiting = """
        waiting AS (
            SELECT d.id, NOT EXISTS (
                    SELECT FROM unnest(e.states, e.notification_ids) AS s(state, id)
                    WHERE CASE WHEN d.notification_id IS NOT NULL
                        THEN s.id = d.notification_id AND s.state <> 'settled'
                        ELSE s.state = 'open' OR (s.state = 'parked' AND e.channels = '{none}') END
                ) AS is_over
            FROM due d JOIN event e USING (event_type, dedupe_key)
            WHERE d.id NOT IN (SELECT parked_id FROM claimed)
        ), removed AS (
            DELETE FROM parked p USING waiting w WHERE p.id = w.id AND w.is_over
        ), moved AS (
            UPDATE parked p SET due_at = now() + interval '1 second'
            FROM waiting w WHERE p.id = w.id AND NOT w.is_over
        )
        """

    /// What is claimed stays parked until it settles, due again at the lease's end, so that it outlives its new owner as
    /// well. One row an event: with several channels due at once the first claims, the others follow when it is done.
    private static let sql = """
        WITH \(candidates), due AS (
            SELECT p.id, p.notification_id, p.event_type, p.dedupe_key, p.body, p.headers
            FROM parked p JOIN event e USING (event_type, dedupe_key)
            WHERE p.id IN (SELECT id FROM candidates)
            ORDER BY p.due_at
            FOR UPDATE OF p, e SKIP LOCKED
        ), chosen AS (
            SELECT DISTINCT ON (event_type, dedupe_key) * FROM due ORDER BY event_type, dedupe_key, id
        ), policy AS (
            SELECT * FROM unnest($3::text[], $4::text[]) AS p(event_type, resend_channels)
        ), \(claimed), \(waiting), held AS (
            UPDATE parked p SET due_at = now() + make_interval(secs => $2), hold = 'lease'
            FROM claimed c WHERE p.id = c.parked_id
        )
        SELECT e.parked_id, e.event_type, e.dedupe_key, e.claim_token, e.body, e.headers,
            \(ClaimStatements.claimed(event: "e"))
        FROM claimed e ORDER BY e.parked_id
        """
}
