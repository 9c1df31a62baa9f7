import Database
import DomainEvents
import Pipeline

/// The SQL of a batch of settles: one statement, so that nothing of it is kept where the token no longer fits.
///
/// What is written beside the event comes from the rows that its update returns, so that nothing is joined again. It may
/// run twice (a lost COMMIT reply): the token stays on the row, and what is settled under it is left alone.
enum SettleStatement {
    static let columns = BatchColumns<Settlement>([
        .text("event_type") { $0.key.eventType },
        .text("dedupe_key") { $0.key.dedupeKey },
        .uuid("token") { $0.claim.token },
        // Postgres counts arrays from 1.
        .integer("place") { $0.index + 1 },
        .text("state") { $0.state.rawValue },
        .uuid("id") { $0.notification.id },
        .text("event_id") { $0.claim.eventID },
        .text("channel") { $0.record.channel.rawValue },
        .text("recipient_id") { $0.record.recipientID },
        .text("status") { $0.record.status.rawValue },
        .integer("attempts") { $0.record.attempts },
        .text("provider") { $0.record.provider },
        .text("provider_message_id") { $0.record.providerMessageID },
        .text("address_masked") { $0.record.addressMasked },
        .text("address_hash") { $0.record.addressHash },
        .text("template_version") { $0.record.templateVersion },
        .text("content_sha256") { $0.record.contentSHA256 },
        .text("locale") { $0.record.locale },
        .text("error_code") { $0.record.errorCode?.rawValue },
        .text("error") { $0.record.error },
        .text("trace_id") { $0.record.traceID },
        .timestamp("received_at") { $0.record.receivedAt },
        .timestamp("claimed_at") { $0.claim.claimedAt },
        .integer("attempt") { $0.attempt?.number },
        .timestamp("started_at") { $0.attempt?.startedAt },
        .double("duration_ms") { $0.attempt?.duration.milliseconds },
        .text("attempt_provider") { $0.attempt?.provider },
        .text("outcome") { $0.attempt?.outcome },
        .text("attempt_error_code") { $0.attempt?.errorCode?.rawValue },
        .text("attempt_error") { $0.attempt?.error },
        .double("dns_ms") { $0.attempt?.dns?.milliseconds },
        .double("connect_ms") { $0.attempt?.connect?.milliseconds },
        .double("tls_ms") { $0.attempt?.tls?.milliseconds },
        .double("total_ms") { $0.attempt?.total?.milliseconds },
        .text("hold") { $0.parking?.hold.rawValue },
        .double("delay") { $0.parking?.delay?.seconds },
        .boolean("parks_event") { $0.parking?.isWholeEvent ?? false },
        .text("dead_reason") { $0.deadLetter?.rawValue },
        .bytes("body") { $0.kept?.body },
        .jsonb("headers") { $0.kept?.headers },
        .text("stopped") { $0.stopsAddress },
        // Absolute, so that a repeated settle counts nothing twice.
        .integer("resend_count") { $0.resendCount },
    ])

    static let sql = """
        WITH input AS (SELECT * FROM \(columns.source(alias: "i"))),
        \(events), \(log), \(attempts), \(parks), \(unparks), \(deadLetters), \(suppressions)
        SELECT event_type, dedupe_key FROM settled
        UNION ALL
        -- Settled under this token before: by this statement's first run, whose answer was lost.
        SELECT e.event_type, e.dedupe_key FROM input i JOIN event e USING (event_type, dedupe_key)
        WHERE e.claim_token = i.token AND e.states[i.place] <> 'open'
        """

    /// Everything else hangs on this: only rows whose token still fits.
    private static let events = """
        settled AS (
            UPDATE event e SET
                states[i.place] = i.state,
                begun = array_remove(e.begun, i.channel),
                resend_count = greatest(e.resend_count, i.resend_count::integer),
                claims = CASE WHEN i.state = 'uncertain' THEN e.claims ELSE 1 END,
                lease_until = CASE WHEN (
                    SELECT bool_or(s.state = 'open') FROM unnest(e.states) WITH ORDINALITY AS s(state, place)
                    WHERE s.place <> i.place
                ) THEN e.lease_until END
            FROM input i
            WHERE e.event_type = i.event_type AND e.dedupe_key = i.dedupe_key AND e.claim_token = i.token
                AND e.states[i.place] = 'open'
            RETURNING \(columns.names(of: "i")), e.created_at, e.resend_count AS resends,
                e.lease_until IS NULL AS is_done
        )
        """

    private static let logged = [
        "channel", "recipient_id", "status", "attempts", "provider", "provider_message_id", "address_masked",
        "address_hash", "template_version", "content_sha256", "locale", "error_code", "error", "trace_id",
        "claimed_at", "sent_at", "updated_at", "resend_count",
    ]

    /// What an earlier attempt knew stays known where the last one did not come that far.
    private static let kept: Set<String> = [
        "recipient_id", "provider", "address_masked", "address_hash", "template_version", "content_sha256", "locale",
    ]

    private static func replaced(_ column: String) -> String {
        kept.contains(column)
            ? "\(column) = coalesce(excluded.\(column), notification_log.\(column))" : "\(column) = excluded.\(column)"
    }

    private static let log = """
        logged AS (
            INSERT INTO notification_log (id, event_id, event_type, dedupe_key, received_at, created_at,
                \(logged.joined(separator: ", ")))
            SELECT i.id, i.event_id, i.event_type, i.dedupe_key, i.received_at, i.created_at,
                i.channel, i.recipient_id, i.status, i.attempts, i.provider, i.provider_message_id,
                i.address_masked, i.address_hash, i.template_version, i.content_sha256, i.locale, i.error_code,
                i.error, i.trace_id, i.claimed_at, CASE WHEN i.status = 'sent' THEN clock_timestamp() END,
                clock_timestamp(), i.resends
            FROM settled i
            ON CONFLICT (id, created_at) DO UPDATE SET
                \(logged.map(replaced).joined(separator: ", "))
        )
        """

    private static let attempts = """
        attempted AS (
            INSERT INTO delivery_attempt (notification_id, attempt, started_at, duration_ms, provider, outcome,
                error_code, error, dns_ms, connect_ms, tls_ms, total_ms)
            SELECT i.id, i.attempt, i.started_at, i.duration_ms, i.attempt_provider, i.outcome,
                i.attempt_error_code, i.attempt_error, i.dns_ms, i.connect_ms, i.tls_ms, i.total_ms
            FROM settled i
            WHERE i.attempt IS NOT NULL
            ON CONFLICT DO NOTHING
        )
        """

    private static let due = """
        CASE WHEN i.delay IS NULL THEN 'infinity' ELSE now() + make_interval(secs => i.delay) END
        """

    private static let parks = """
        parks_notification AS (
            INSERT INTO parked (notification_id, event_type, dedupe_key, hold, channel, due_at, body, headers)
            SELECT i.id, i.event_type, i.dedupe_key, i.hold, i.channel, \(due), i.body, i.headers
            FROM settled i
            WHERE i.hold IS NOT NULL AND NOT i.parks_event
            ON CONFLICT (notification_id) WHERE notification_id IS NOT NULL
                DO UPDATE SET hold = excluded.hold, due_at = excluded.due_at
        ), parks_event AS (
            INSERT INTO parked (event_type, dedupe_key, hold, due_at, body, headers)
            SELECT i.event_type, i.dedupe_key, i.hold, \(due), i.body, i.headers
            FROM settled i
            WHERE i.hold IS NOT NULL AND i.parks_event
            ON CONFLICT (event_type, dedupe_key) WHERE notification_id IS NULL
                DO UPDATE SET hold = excluded.hold, due_at = excluded.due_at
        )
        """

    /// A settled notification loses its stored body; the event's own copy goes with the last of them.
    private static let unparks = """
        unparked AS (
            DELETE FROM parked p USING settled i
            WHERE p.event_type = i.event_type AND p.dedupe_key = i.dedupe_key
                AND ((p.notification_id = i.id AND (i.hold IS NULL OR i.parks_event))
                    OR (p.notification_id IS NULL AND i.is_done AND NOT i.parks_event))
        )
        """

    /// A second statement, after the events are locked: the first does not see a copy that was committed while it waited.
    static let removeCopies = """
        DELETE FROM parked p USING unnest($1::text[], $2::text[]) AS i(event_type, dedupe_key), event e
        WHERE p.event_type = i.event_type AND p.dedupe_key = i.dedupe_key AND p.notification_id IS NULL
            AND p.hold = 'lease'
            AND e.event_type = i.event_type AND e.dedupe_key = i.dedupe_key
            AND e.lease_until IS NULL AND NOT 'open' = ANY(e.states)
        """

    private static let deadLetters = """
        died AS (
            INSERT INTO dead_letter (notification_id, event_id, event_type, dedupe_key, channel, reason, error_code,
                body, headers, subject)
            SELECT i.id, i.event_id, i.event_type, i.dedupe_key, i.channel, i.dead_reason, i.error_code,
                i.body, i.headers, 'notification:' || i.id
            FROM settled i
            WHERE i.dead_reason IS NOT NULL
            ON CONFLICT (subject) DO UPDATE SET died_at = now(), replayed_at = NULL,
                error_code = excluded.error_code, reason = excluded.reason, channel = excluded.channel
        )
        """

    private static let suppressions = """
        stopped AS (
            INSERT INTO suppression (address_hash, channel, reason)
            SELECT DISTINCT i.stopped, i.channel, coalesce(i.error_code, 'contact.stopped')
            FROM settled i
            WHERE i.stopped IS NOT NULL
            ON CONFLICT DO NOTHING
        )
        """
}
