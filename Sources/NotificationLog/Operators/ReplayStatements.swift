/// The SQL of a replay: events are locked first, then dead letters, as everywhere; what is judged after that stays so
/// until the commit. Run again, it finds everything replayed and does nothing.
enum ReplayStatements {
    /// Sorted by bytes, as the batches of claims and settles are.
    static let lockEvents = """
        SELECT FROM event e WHERE (e.event_type, e.dedupe_key) IN (
            SELECT event_type, dedupe_key FROM dead_letter WHERE id = ANY($1)
        ) ORDER BY e.event_type COLLATE "C", e.dedupe_key COLLATE "C" FOR UPDATE
        """

    static let lockDeadLetters = "SELECT FROM dead_letter WHERE id = ANY($1) ORDER BY id FOR UPDATE"

    static let preview = "WITH \(judged) SELECT id, skip FROM chosen"

    static let replay = """
        WITH \(judged), \(revived), \(made), \(alive), \(parks), \(log), \(marked), \(recorded)
        SELECT c.id, CASE WHEN a.dead_letter IS NULL THEN coalesce(c.skip, 'open') END
        FROM chosen c LEFT JOIN alive a ON a.dead_letter = c.id
        """

    /// What `operator_action` names, so that `notifyd why` finds it under each of its ids.
    static func targets(of deadLetter: String, _ notification: String) -> String {
        "unnest(ARRAY['dead_letter:' || \(deadLetter), 'notification:' || \(notification)]) AS t(target)"
    }

    /// `skip` is null for what can be replayed, else a word why not. Where the log still says how it failed, the dead
    /// letter is the last word on it. Two dead letters of one rejected event (its key met with two bodies) are one event.
    private static let judged = """
        input AS (
            SELECT d.id, d.notification_id, d.event_type, d.event_id, d.replayed_at, d.died_at, d.error_code,
                coalesce(d.dedupe_key, 'rejected:dead-letter-' || d.id) AS dedupe_key,
                e.event_type IS NOT NULL AS is_known, e.created_at, e.states,
                coalesce(array_position(e.notification_ids, d.notification_id),
                    CASE WHEN d.notification_id IS NULL AND e.channels = '{none}' THEN 1 END) AS place
            FROM dead_letter d LEFT JOIN event e ON e.event_type = d.event_type AND e.dedupe_key = d.dedupe_key
            WHERE d.id = ANY($1)
        ), judged AS (
            SELECT i.*, CASE
                WHEN i.replayed_at IS NOT NULL THEN 'replayed'
                WHEN NOT i.is_known THEN NULL
                WHEN i.place IS NULL THEN 'superseded'
                WHEN i.states[i.place] <> 'settled' THEN i.states[i.place]
                WHEN l.status NOT IN ('failed', 'rejected') THEN l.status
            END AS skip
            FROM input i LEFT JOIN notification_log l ON l.id = i.notification_id AND l.created_at = i.created_at
        ), chosen AS (
            SELECT j.id, j.notification_id, j.event_type, j.dedupe_key, j.event_id, j.is_known, j.place, j.died_at,
                j.error_code,
                CASE WHEN j.skip IS NULL AND row_number() OVER (
                    PARTITION BY j.event_type, j.dedupe_key, coalesce(j.place, 1), j.skip IS NULL ORDER BY j.id
                ) > 1 THEN 'parked' ELSE j.skip END AS skip
            FROM judged j
        ), ready AS (
            SELECT * FROM chosen WHERE skip IS NULL
        )
        """

    /// Failures of which nobody knows that nothing went out: the replay is a resend.
    private static let mayHaveSent = """
        error_code LIKE '%.no_answer' OR error_code IN ('claims.exhausted', 'delivery.limit')
            OR (error_code LIKE 'http.5__' AND error_code <> 'http.503')
        """

    private static let revived = """
        revived AS (
            UPDATE event e SET
                states = (
                    SELECT array_agg(CASE WHEN s.place = ANY(r.places) THEN 'parked' ELSE s.state END ORDER BY s.place)
                    FROM unnest(e.states) WITH ORDINALITY AS s(state, place)
                ),
                schedule_base = (
                    SELECT array_agg(CASE WHEN n.place = ANY(r.places) THEN coalesce(l.attempts, 0)
                        ELSE coalesce(e.schedule_base[n.place], 0) END ORDER BY n.place)
                    FROM unnest(e.notification_ids) WITH ORDINALITY AS n(id, place)
                    LEFT JOIN notification_log l ON l.id = n.id AND l.created_at = e.created_at
                ),
                begun = (
                    SELECT coalesce(array_agg(b.channel), '{}') FROM unnest(e.begun) AS b(channel)
                    WHERE b.channel <> ALL (SELECT e.channels[p.place] FROM unnest(r.places) AS p(place))
                ),
                claims = 1,
                resend_count = e.resend_count + (r.may_have_sent AND e.channels <> '{none}')::integer
            FROM (
                SELECT event_type, dedupe_key, array_agg(place) AS places, coalesce(bool_or(\(mayHaveSent)), false) AS may_have_sent
                FROM ready WHERE is_known GROUP BY 1, 2
            ) r
            WHERE e.event_type = r.event_type AND e.dedupe_key = r.dedupe_key
                AND (SELECT bool_and(e.states[p.place] = 'settled') FROM unnest(r.places) AS p(place))
            RETURNING e.event_type, e.dedupe_key, e.event_id, e.recipient_id, e.created_at, e.channels,
                e.notification_ids, e.resend_count
        )
        """

    /// For what another program nacked, or whose month was dropped: the daemon decides anew what it is.
    private static let made = """
        made AS (
            INSERT INTO event (event_type, dedupe_key, event_id, fingerprint, channels, states, notification_ids,
                claim_token)
            SELECT event_type, dedupe_key, coalesce(event_id, gen_random_uuid()::text), '', '{none}', '{parked}',
                ARRAY[coalesce(notification_id, gen_random_uuid())], gen_random_uuid()
            FROM ready WHERE NOT is_known
            ON CONFLICT DO NOTHING
            RETURNING event_type, dedupe_key, event_id, recipient_id, created_at, channels, notification_ids,
                resend_count
        )
        """

    private static let alive = """
        alive AS (
            SELECT r.id AS dead_letter, n.event_type, n.dedupe_key, n.event_id, n.recipient_id, n.created_at,
                n.channels = '{none}' AS is_whole, n.channels[coalesce(r.place, 1)] AS channel,
                n.notification_ids[coalesce(r.place, 1)] AS notification_id, r.error_code, r.died_at,
                n.resend_count
            FROM ready r JOIN (SELECT * FROM revived UNION ALL SELECT * FROM made) n USING (event_type, dedupe_key)
        )
        """

    private static let parks = """
        parks_notification AS (
            INSERT INTO parked (notification_id, channel, event_type, dedupe_key, hold, due_at, body, headers)
            SELECT a.notification_id, a.channel, a.event_type, a.dedupe_key, 'due', now(), d.body, d.headers
            FROM alive a JOIN dead_letter d ON d.id = a.dead_letter WHERE NOT a.is_whole
            ON CONFLICT (notification_id) WHERE notification_id IS NOT NULL
                DO UPDATE SET hold = 'due', due_at = now(), body = excluded.body, headers = excluded.headers
        ), parks_event AS (
            INSERT INTO parked (event_type, dedupe_key, hold, due_at, body, headers)
            SELECT a.event_type, a.dedupe_key, 'due', now(), d.body, d.headers
            FROM alive a JOIN dead_letter d ON d.id = a.dead_letter WHERE a.is_whole
            ON CONFLICT (event_type, dedupe_key) WHERE notification_id IS NULL
                DO UPDATE SET hold = 'due', due_at = now(), body = excluded.body, headers = excluded.headers
        )
        """

    /// The code of the last failure stays until the next attempt has a word of its own.
    private static let log = """
        logged AS (
            INSERT INTO notification_log (id, event_id, event_type, dedupe_key, channel, recipient_id, status,
                error_code, received_at, created_at, updated_at, resend_count)
            SELECT a.notification_id, a.event_id, a.event_type, a.dedupe_key, a.channel, a.recipient_id, 'retrying',
                a.error_code, a.died_at, a.created_at, clock_timestamp(), a.resend_count
            FROM alive a
            ON CONFLICT (id, created_at) DO UPDATE SET status = 'retrying', updated_at = clock_timestamp(),
                resend_count = excluded.resend_count
        )
        """

    private static let marked = """
        marked AS (
            UPDATE dead_letter d SET replayed_at = now(), notification_id = a.notification_id
            FROM alive a WHERE d.id = a.dead_letter
        )
        """

    private static let recorded = """
        recorded AS (
            INSERT INTO operator_action (\(OperatorNote.columns), action, targets, count)
            SELECT \(OperatorNote.places(from: 2)), 'replay', (
                    SELECT array_agg(t.target ORDER BY a.dead_letter, t.target)
                    FROM alive a, \(targets(of: "a.dead_letter", "a.notification_id"))
                ), count(*)
            FROM alive HAVING count(*) > 0
        )
        """
}
