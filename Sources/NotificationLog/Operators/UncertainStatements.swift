/// The SQL of what is uncertain. Run again, a resolution finds nothing uncertain and changes nothing.
enum UncertainStatements {
    static let list = """
        SELECT p.notification_id, e.event_id, p.event_type, l.channel, l.recipient_id, l.address_masked, l.provider,
            l.attempts, l.error_code, l.error, l.updated_at
        FROM parked p JOIN event e USING (event_type, dedupe_key)
        JOIN notification_log l ON l.id = p.notification_id AND l.created_at = e.created_at
        WHERE p.hold = 'uncertain' AND ($1::text IS NULL OR p.event_type = $1)
        ORDER BY l.updated_at, p.id LIMIT $2
        """

    /// What the ids name; two joins, so that each uses its own index.
    private static let named = """
        asked AS (
            SELECT DISTINCT * FROM unnest($1::text[], $2::uuid[]) AS a(term, id)
        ), named AS (
            SELECT a.term, l.id, l.event_type, l.dedupe_key, l.created_at, l.status, l.attempts
            FROM asked a JOIN notification_log l ON l.event_id = a.term
            UNION
            SELECT a.term, l.id, l.event_type, l.dedupe_key, l.created_at, l.status, l.attempts
            FROM asked a JOIN notification_log l ON l.id = a.id
        )
        """

    static let lockEvents = """
        WITH \(named)
        SELECT FROM event e WHERE (e.event_type, e.dedupe_key) IN (SELECT event_type, dedupe_key FROM named)
        ORDER BY e.event_type COLLATE "C", e.dedupe_key COLLATE "C" FOR UPDATE
        """

    static let sent = """
        WITH \(named), \(chosen(condition: "")),
        \(changed(
            state: "settled",
            more: ""
        )), logged AS (
            UPDATE notification_log l SET status = 'sent', sent_at = clock_timestamp(),
                updated_at = clock_timestamp(), error_code = NULL, error = NULL
            FROM done d WHERE l.id = d.id AND l.created_at = d.created_at
        ), unparked AS (
            DELETE FROM parked p USING done d WHERE p.notification_id = d.id
        ), \(recorded)
        \(outcome)
        """

    /// The stable id stays, so a mailbox that has the first one can tell; every resend is counted. Its schedule starts
    /// anew.
    static let resend = """
        WITH \(named), \(chosen(condition: """
            AND EXISTS (SELECT FROM parked p WHERE p.notification_id = n.id)
            """)),
        \(changed(
            state: "parked",
            more: """
                , resend_count = e.resend_count + cardinality(c.places),
                schedule_base = (
                    SELECT array_agg(CASE WHEN n.place = ANY(c.places) THEN coalesce(l.attempts, 0)
                        ELSE coalesce(e.schedule_base[n.place], 0) END ORDER BY n.place)
                    FROM unnest(e.notification_ids) WITH ORDINALITY AS n(id, place)
                    LEFT JOIN notification_log l ON l.id = n.id AND l.created_at = e.created_at
                )
                """
        )), logged AS (
            UPDATE notification_log l SET status = 'retrying', resend_count = d.resend_count,
                updated_at = clock_timestamp()
            FROM done d WHERE l.id = d.id AND l.created_at = d.created_at
        ), released AS (
            UPDATE parked p SET hold = 'due', due_at = now() FROM done d WHERE p.notification_id = d.id
        ), \(recorded)
        \(outcome)
        """

    private static func chosen(condition: String) -> String {
        """
        uncertain AS (
            SELECT DISTINCT n.id, e.event_type, e.dedupe_key, array_position(e.notification_ids, n.id) AS place
            FROM named n JOIN event e USING (event_type, dedupe_key)
            WHERE e.states[array_position(e.notification_ids, n.id)] = 'uncertain' \(condition)
        ), chosen AS (
            SELECT event_type, dedupe_key, array_agg(place) AS places, array_agg(id) AS ids
            FROM uncertain GROUP BY 1, 2
        )
        """
    }

    private static func changed(state: String, more: String) -> String {
        """
        changed AS (
            UPDATE event e SET
                states = (
                    SELECT array_agg(CASE WHEN s.place = ANY(c.places) THEN '\(state)' ELSE s.state END
                        ORDER BY s.place)
                    FROM unnest(e.states) WITH ORDINALITY AS s(state, place)
                ),
                begun = (
                    SELECT coalesce(array_agg(b.channel), '{}') FROM unnest(e.begun) AS b(channel)
                    WHERE b.channel <> ALL (SELECT e.channels[p.place] FROM unnest(c.places) AS p(place))
                ),
                claims = 1\(more)
            FROM chosen c
            WHERE e.event_type = c.event_type AND e.dedupe_key = c.dedupe_key
                AND (SELECT bool_and(e.states[p.place] = 'uncertain') FROM unnest(c.places) AS p(place))
            RETURNING e.created_at, e.resend_count, c.ids
        ), done AS (
            SELECT i.id, c.created_at, c.resend_count FROM changed c, unnest(c.ids) AS i(id)
        )
        """
    }

    private static let recorded = """
        recorded AS (
            INSERT INTO operator_action (\(OperatorNote.columns), action, targets, count)
            SELECT \(OperatorNote.places(from: 3)), 'resolve', array_agg('notification:' || id ORDER BY id), count(*)
            FROM done HAVING count(*) > 0
        )
        """

    private static let outcome = """
        SELECT n.term, coalesce(array_agg(n.id) FILTER (WHERE d.id IS NOT NULL), '{}'), min(n.status)
        FROM named n LEFT JOIN done d ON d.id = n.id GROUP BY n.term
        """
}
