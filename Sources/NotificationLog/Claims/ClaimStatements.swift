import Database
import DomainEvents
import FoundationEssentials

/// The SQL of a batch of claims: insert what is new; of the rest take over what expired, then read what is there.
///
/// The reading is a statement of its own: one snapshot with the insert would miss rows committed meanwhile. Nearly all
/// events are new, and what is known of those needs no reading: so the rest, if any, is a transaction of its own.
enum ClaimStatements {
    static let columns = BatchColumns<ClaimRequest>([
        .text("event_type") { $0.key.eventType },
        .text("dedupe_key") { $0.key.dedupeKey },
        .text("event_id") { $0.eventID },
        .text("recipient_id") { $0.recipientID },
        .bytes("fingerprint") { $0.fingerprint },
        // unnest flattens arrays of arrays; names and ids hold no comma.
        .text("channels") { $0.channels.map(\.rawValue).joined(separator: ",") },
        .text("notification_ids") { $0.notificationIDs.map(\.uuidString).joined(separator: ",") },
        .text("resend_channels") { $0.resendChannels.map(\.rawValue).joined(separator: ",") },
        .uuid("token") { $0.token },
    ])

    /// Where the lease's seconds stand among the parameters.
    private static let lease = "$\(columns.columns.count + 1)::float8"

    private static let insertion = """
        INSERT INTO event (event_type, dedupe_key, event_id, recipient_id, fingerprint, channels, states,
            notification_ids, claim_token, lease_until)
        SELECT event_type, dedupe_key, event_id, recipient_id, fingerprint, string_to_array(channels, ','),
            array_fill('open'::text, ARRAY[cardinality(string_to_array(channels, ','))]),
            string_to_array(notification_ids, ',')::uuid[], token, now() + make_interval(secs => \(lease))
        FROM \(columns.source(alias: "i"))
        ORDER BY event_type, dedupe_key
        ON CONFLICT DO NOTHING
        RETURNING event_type, dedupe_key, created_at
        """

    /// A lease that is null was given back before anything was sent; one that ran out may hide a send.
    private static let takeOver = """
        UPDATE event e SET
            claim_token = i.token,
            lease_until = now() + make_interval(secs => \(lease)),
            claims = e.claims + (e.lease_until IS NOT NULL)::integer,
            resend_count = e.resend_count + (e.lease_until IS NOT NULL
                AND \(mayHaveSent(resendChannels: "string_to_array(i.resend_channels, ',')")))::integer
        FROM \(columns.source(alias: "i"))
        WHERE e.event_type = i.event_type AND e.dedupe_key = i.dedupe_key
            AND e.claim_token <> i.token AND (e.fingerprint = i.fingerprint
                OR (e.channels = '{none}' AND (\(isUnread("e.fingerprint")) OR \(isUnread("i.fingerprint")))))
            AND \(isFree(grace: columns.columns.count + 2)) AND 'open' = ANY(e.states)
        """

    /// `EventIdentity.isUnread` of a column.
    static func isUnread(_ fingerprint: String) -> String {
        "\(fingerprint) IN (''::bytea, sha256(''::bytea))"
    }

    /// Nobody holds the event: its lease was given back, or ran out and the grace after an outage is over.
    ///
    /// - Parameter grace: the place of the first of `TakeOverGrace`'s two parameters.
    static func isFree(grace: Int) -> String {
        """
        (e.lease_until IS NULL OR (e.lease_until < now() AND now() > (
            SELECT greatest(pg_postmaster_start_time() + make_interval(secs => $\(grace)::float8),
                a.backend_start + make_interval(secs => $\(grace + 1)::float8))
            FROM pg_stat_activity a WHERE a.pid = pg_backend_pid())))
        """
    }

    private static let read = """
        SELECT e.event_type, e.dedupe_key, e.claim_token, e.lease_until, e.fingerprint,
            \(claimed(event: "e"))
        FROM \(columns.source(alias: "i")) JOIN event e USING (event_type, dedupe_key)
        """

    static func mayHaveSent(resendChannels: String) -> String {
        """
        EXISTS (SELECT FROM unnest(e.channels, e.states) AS s(channel, state)
            WHERE s.state = 'open' AND s.channel <> 'none' AND s.channel = ANY(\(resendChannels)))
        """
    }

    /// The columns a `Claim` is read from.
    static func claimed(event e: String) -> String {
        """
        \(e).event_id, \(e).channels, \(e).states, \(e).notification_ids, \(e).begun, \(e).resend_count,
            \(e).claims, \(e).created_at, now(),
            -- A row made in this very transaction has no log yet.
            CASE WHEN \(e).created_at < now() THEN
                (SELECT string_agg(coalesce(l.attempts, 0)::text, ',' ORDER BY n.position)
                 FROM unnest(\(e).notification_ids) WITH ORDINALITY AS n(id, position)
                 LEFT JOIN notification_log l ON l.id = n.id AND l.created_at = \(e).created_at)
            END,
            array_to_string(\(e).schedule_base, ',', '0')
        """
    }

    /// Gives key and time of each that was new, and is claimed by that.
    static func insert(_ requests: [ClaimRequest], lease: Duration) -> Statement {
        Statement(insertion, columns.parameters(requests) + [.double(lease.seconds)])
    }

    /// For those that were not new.
    static func takeOverAndRead(_ requests: [ClaimRequest], lease: Duration, grace: [SQLValue]) -> [Statement] {
        let arrays = columns.parameters(requests)
        return [Statement(takeOver, arrays + [.double(lease.seconds)] + grace), Statement(read, arrays)]
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    var milliseconds: Double { seconds * 1000 }
}
