/// The first migration.
///
/// `event` is what makes sending once: narrow, and its updates are HOT (half-filled pages, no index on state or lease).
/// The log and the attempts are partitioned by month, so that old months are dropped whole.
enum InitialSchema {
    static let sql = [event, log, parked, deadLetters, contacts, operators, partitions].joined(separator: "\n")

    private static let event = """
        CREATE TABLE event (
            event_type text NOT NULL,
            dedupe_key text NOT NULL,
            event_id text NOT NULL,
            recipient_id text,
            fingerprint bytea NOT NULL,
            -- Fixed by the first claim; {none} while they cannot be decided.
            channels text[] NOT NULL,
            -- One for each channel: open, parked, uncertain or settled.
            states text[] NOT NULL,
            notification_ids uuid[] NOT NULL,
            claim_token uuid NOT NULL,
            -- Null: nobody works on it.
            lease_until timestamptz,
            claims integer NOT NULL DEFAULT 1,
            -- Channels under `hold` whose send was begun.
            begun text[] NOT NULL DEFAULT '{}',
            resend_count integer NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (event_type, dedupe_key)
        ) WITH (fillfactor = 50);
        -- Events without an id of their own, by body: a redelivery takes its first delivery's id back.
        CREATE TABLE anonymous_event (
            event_id text PRIMARY KEY,
            event_type text NOT NULL,
            body_sha256 bytea NOT NULL,
            received_at timestamptz NOT NULL DEFAULT now(),
            -- The delivery that took the id last: each takes one at most.
            taken_by text NOT NULL,
            acked_at timestamptz
        );
        CREATE INDEX anonymous_event_open ON anonymous_event (body_sha256) WHERE acked_at IS NULL;
        """

    private static let log = """
        CREATE TABLE notification_log (
            id uuid NOT NULL,
            event_id text NOT NULL,
            event_type text NOT NULL,
            dedupe_key text NOT NULL,
            channel text NOT NULL CHECK (channel IN ('email', 'sms', 'none')),
            recipient_id text,
            status text NOT NULL CHECK (status IN ('sent', 'delivered', 'bounced', 'retrying', 'failed', 'rejected',
                'expired', 'suppressed', 'uncertain', 'paused')),
            attempts integer NOT NULL DEFAULT 0,
            provider text,
            provider_message_id text,
            address_masked text,
            address_hash text,
            template_version text,
            content_sha256 text,
            locale text,
            error_code text,
            error text,
            trace_id text,
            received_at timestamptz NOT NULL,
            claimed_at timestamptz,
            created_at timestamptz NOT NULL,
            sent_at timestamptz,
            updated_at timestamptz NOT NULL DEFAULT now(),
            resend_count integer NOT NULL DEFAULT 0,
            PRIMARY KEY (id, created_at)
        ) PARTITION BY RANGE (created_at);
        CREATE INDEX notification_log_event_id ON notification_log (event_id);
        CREATE INDEX notification_log_recipient ON notification_log (recipient_id, created_at);
        CREATE INDEX notification_log_address ON notification_log (address_hash, created_at);
        CREATE INDEX notification_log_created ON notification_log USING brin (created_at);
        CREATE TABLE delivery_attempt (
            notification_id uuid NOT NULL,
            attempt integer NOT NULL,
            started_at timestamptz NOT NULL,
            duration_ms double precision NOT NULL,
            provider text,
            outcome text NOT NULL,
            error_code text,
            error text,
            dns_ms double precision,
            connect_ms double precision,
            tls_ms double precision,
            total_ms double precision,
            PRIMARY KEY (notification_id, started_at, attempt)
        ) PARTITION BY RANGE (started_at);
        """

    private static let parked = """
        CREATE TABLE parked (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            -- Null: a whole event.
            notification_id uuid,
            event_type text NOT NULL,
            dedupe_key text NOT NULL,
            hold text NOT NULL CHECK (hold IN ('due', 'lease', 'breaker', 'paused', 'uncertain')),
            due_at timestamptz NOT NULL,
            body bytea NOT NULL,
            headers jsonb NOT NULL,
            parked_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE UNIQUE INDEX parked_notification ON parked (notification_id) WHERE notification_id IS NOT NULL;
        CREATE UNIQUE INDEX parked_event ON parked (event_type, dedupe_key) WHERE notification_id IS NULL;
        CREATE INDEX parked_due ON parked (due_at);
        """

    private static let deadLetters = """
        CREATE TABLE dead_letter (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            notification_id uuid,
            event_id text,
            event_type text NOT NULL,
            dedupe_key text,
            channel text NOT NULL,
            reason text NOT NULL CHECK (reason IN ('failed', 'rejected', 'delivery_limit')),
            error_code text,
            body bytea NOT NULL,
            headers jsonb NOT NULL,
            died_at timestamptz NOT NULL DEFAULT now(),
            replayed_at timestamptz,
            -- What died: a message seen twice is here once.
            subject text NOT NULL UNIQUE
        );
        CREATE INDEX dead_letter_died ON dead_letter (died_at);
        """

    private static let contacts = """
        CREATE TABLE contact (
            recipient_id text PRIMARY KEY,
            email text, email_at timestamptz,
            phone text, phone_at timestamptz,
            name text, name_at timestamptz,
            locale text, locale_at timestamptz,
            preferred_channel text, preferred_channel_at timestamptz,
            timezone text, timezone_at timestamptz,
            opt_out text[] NOT NULL DEFAULT '{}', opt_out_at timestamptz
        );
        CREATE TABLE suppression (
            address_hash text NOT NULL,
            channel text NOT NULL,
            reason text NOT NULL,
            at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (address_hash, channel)
        );
        """

    private static let operators = """
        CREATE TABLE pause (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            event_type text,
            channel text,
            reason text,
            since timestamptz NOT NULL DEFAULT now(),
            who text NOT NULL
        );
        CREATE TABLE operator_action (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at timestamptz NOT NULL DEFAULT now(),
            who text NOT NULL,
            action text NOT NULL,
            filter text,
            targets text[] NOT NULL DEFAULT '{}',
            count bigint NOT NULL,
            reason text
        );
        CREATE TABLE setting (
            name text PRIMARY KEY,
            value bytea NOT NULL
        );
        -- Two version-4 UUIDs hold 244 random bits from the server's strong source; the digest makes them 32 bytes.
        INSERT INTO setting VALUES ('address_key',
            sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));
        """

    /// A default partition catches what no month was made for, so that a forgotten maintenance run loses no row. Months are
    /// UTC's, whatever the server's time zone.
    private static let partitions = """
        CREATE TABLE notification_log_default PARTITION OF notification_log DEFAULT WITH (fillfactor = 85);
        CREATE TABLE delivery_attempt_default PARTITION OF delivery_attempt DEFAULT;
        CREATE FUNCTION make_partitions(months integer) RETURNS void LANGUAGE plpgsql SET timezone = 'UTC' AS $function$
        DECLARE
            month timestamptz;
            suffix text;
        BEGIN
            FOR step IN 0..months LOOP
                month := date_trunc('month', now(), 'UTC') + step * interval '1 month';
                suffix := to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
                EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF notification_log
                    FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = 85)',
                    'notification_log_' || suffix, month, month + interval '1 month');
                EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF delivery_attempt
                    FOR VALUES FROM (%L) TO (%L)',
                    'delivery_attempt_' || suffix, month, month + interval '1 month');
            END LOOP;
        END $function$;
        SELECT make_partitions(12);
        """
}
