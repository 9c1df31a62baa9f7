/// The fourth migration: the functions by which `audit.keep` is applied.
///
/// They run with their owner's rights, so that a role that may call them needs no other: it can drop whole months that are
/// past, and delete what is settled, and nothing else. Nobody may call them until granted.
///
/// Whatever waits (parked, uncertain, paused, never settled) stays, however old it is: its event, its stored body, its
/// rows of the log and its attempts.
enum RetentionSchema {
    static let sql = [indexes, cutoff, months, expired, drop, rights].joined(separator: "\n")

    /// `created_at` never changes, so the updates of `event` stay HOT.
    private static let indexes = """
        CREATE INDEX event_created ON event (created_at);
        CREATE INDEX anonymous_event_received ON anonymous_event (received_at);
        """

    /// By Postgres's clock. Events are forgotten by whole months too, in step with the log that tells of them.
    private static let cutoff = """
        CREATE FUNCTION retention_cutoff(keep interval) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $function$
        BEGIN
            IF keep < interval '1 day' THEN
                RAISE EXCEPTION 'retention: % is shorter than a day', keep USING ERRCODE = '22023';
            END IF;
            RETURN date_trunc('month', (now() - keep) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
        END $function$;
        """

    /// A month that has rows in the default partition already stays there: moving them would hold up the whole log. It
    /// waits for no lock longer than a moment, since everybody who writes to the log waits behind it.
    private static let months = """
        DROP FUNCTION make_partitions(integer);
        CREATE FUNCTION retention_make_months(ahead integer) RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER
        SET timezone = 'UTC' SET lock_timeout = '3s' AS $function$
        DECLARE
            made text[] := '{}';
            first timestamptz;
            parent record;
            name text;
            is_caught boolean;
        BEGIN
            FOR step IN 0..ahead LOOP
                first := date_trunc('month', now()) + step * interval '1 month';
                FOR parent IN SELECT * FROM (VALUES
                    ('notification_log', 'created_at', 'WITH (fillfactor = 85)'),
                    ('delivery_attempt', 'started_at', '')
                ) AS p(name, key, options) LOOP
                    name := parent.name || to_char(first, '_YYYY_MM');
                    CONTINUE WHEN to_regclass(format('%I', name)) IS NOT NULL;
                    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %2$I >= $1 AND %2$I < $1 + interval ''1 month'')',
                        parent.name || '_default', parent.key) INTO is_caught USING first;
                    CONTINUE WHEN is_caught;
                    EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L) %s',
                        name, parent.name, first, first + interval '1 month', parent.options);
                    made := made || name;
                END LOOP;
            END LOOP;
            RETURN made;
        END $function$;
        """

    /// A batch of each kind, for the caller to repeat. Events go first: what the log's default partition holds of an event
    /// goes when the event is gone. A copy that waits beside a settled event would find nothing to join: it goes first.
    private static let expired = """
        CREATE FUNCTION retention_delete(keep interval, most integer) RETURNS TABLE (kind text, removed bigint)
        LANGUAGE plpgsql SECURITY DEFINER SET timezone = 'UTC' AS $function$
        DECLARE
            cutoff timestamptz := retention_cutoff(keep);
        BEGIN
            kind := 'events';
            WITH old AS (
                SELECT e.event_type, e.dedupe_key FROM event e
                WHERE e.created_at < cutoff AND 'settled' = ALL(e.states) AND NOT EXISTS (
                    SELECT FROM parked p WHERE p.event_type = e.event_type AND p.dedupe_key = e.dedupe_key
                        AND p.notification_id IS NULL
                )
                ORDER BY e.created_at LIMIT most FOR UPDATE OF e SKIP LOCKED
            ) DELETE FROM event e USING old o WHERE e.event_type = o.event_type AND e.dedupe_key = o.dedupe_key;
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN NEXT;

            kind := 'log rows';
            DELETE FROM notification_log_default d WHERE d.ctid = ANY (ARRAY(
                SELECT l.ctid FROM notification_log_default l WHERE l.created_at < cutoff AND NOT EXISTS (
                    SELECT FROM event e WHERE e.event_type = l.event_type AND e.dedupe_key = l.dedupe_key
                        AND e.created_at = l.created_at
                ) LIMIT most
            ));
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN NEXT;

            kind := 'attempts';
            DELETE FROM delivery_attempt_default d WHERE d.ctid = ANY (ARRAY(
                SELECT a.ctid FROM delivery_attempt_default a WHERE a.started_at < cutoff AND NOT EXISTS (
                    SELECT FROM notification_log l WHERE l.id = a.notification_id
                ) LIMIT most
            ));
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN NEXT;

            kind := 'ids';
            DELETE FROM anonymous_event d WHERE d.event_id = ANY (ARRAY(
                SELECT a.event_id FROM anonymous_event a WHERE a.received_at < cutoff AND NOT EXISTS (
                    SELECT FROM event e WHERE e.event_type = a.event_type AND e.dedupe_key = 'id:' || a.event_id
                ) ORDER BY a.received_at LIMIT most
            ));
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN NEXT;

            kind := 'quarantine marks';
            DELETE FROM quarantine d WHERE d.message_sha256 = ANY (ARRAY(
                SELECT q.message_sha256 FROM quarantine q WHERE q.marked_at < cutoff LIMIT most
            ));
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN NEXT;

            -- Taken up again, so its body is in `parked`; if it died again, it is not replayed any more.
            kind := 'replayed dead letters';
            DELETE FROM dead_letter d WHERE d.id = ANY (ARRAY(
                SELECT l.id FROM dead_letter l WHERE l.replayed_at < cutoff ORDER BY l.id LIMIT most
            ));
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN NEXT;
        END $function$;
        """

    /// One table a call, the oldest first. What waits in it moves to the default partition. The ids are collected before the
    /// lock: a replay that comes in between loses a row that its settle writes anew.
    private static let drop = #"""
        CREATE FUNCTION retention_drop_month(keep interval) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
        SET timezone = 'UTC' SET datestyle = 'ISO' SET lock_timeout = '3s' AS $function$
        DECLARE
            month record;
            waiting uuid[];
        BEGIN
            SELECT p.relname AS parent, c.relname AS name, b.ends,
                CASE p.relname WHEN 'notification_log' THEN 'id' ELSE 'notification_id' END AS id
            INTO month
            FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_class c ON c.oid = i.inhrelid,
                LATERAL (SELECT substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([^'']*)''\)')::timestamptz
                    AS ends) AS b
            WHERE i.inhparent IN ('notification_log'::regclass, 'delivery_attempt'::regclass)
                AND b.ends <= retention_cutoff(keep)
            ORDER BY b.ends, p.relname LIMIT 1;
            IF NOT FOUND THEN RETURN NULL; END IF;
            waiting := ARRAY(
                SELECT n.id FROM parked p JOIN event e USING (event_type, dedupe_key), unnest(e.notification_ids) AS n(id)
                WHERE e.created_at < month.ends
            );
            EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', month.parent, month.name);
            EXECUTE format('INSERT INTO %I SELECT * FROM %I WHERE %I = ANY($1)', month.parent, month.name, month.id)
                USING waiting;
            EXECUTE format('DROP TABLE %I', month.name);
            RETURN month.name;
        END $function$;
        """#

    /// `pg_temp` last: named nowhere it would come first, and a caller's temporary table would stand in for ours.
    private static let rights = """
        DO $rights$
        DECLARE
            signature text;
        BEGIN
            FOREACH signature IN ARRAY ARRAY['retention_cutoff(interval)', 'retention_make_months(integer)',
                'retention_delete(interval, integer)', 'retention_drop_month(interval)'] LOOP
                EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', signature, current_schema());
                EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', signature);
            END LOOP;
        END $rights$;
        """
}
