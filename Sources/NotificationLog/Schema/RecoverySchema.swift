/// The second migration: what outages, crashes and operators need.
enum RecoverySchema {
    static let sql = [retries, parked, deadLetters, quarantine, pauses].joined(separator: "\n")

    /// A replay starts the schedule anew while `attempts` goes on counting.
    private static let retries = """
        -- For each channel the attempts made before the present retry schedule began; missing: 0.
        ALTER TABLE event ADD COLUMN schedule_base integer[] NOT NULL DEFAULT '{}';
        """

    /// What waits for a provider is found by its channel, so that an outage's backlog does not slow the rest down.
    private static let parked = """
        -- Null: a whole event or a copy.
        ALTER TABLE parked ADD COLUMN channel text;
        DROP INDEX parked_due;
        CREATE INDEX parked_due ON parked (due_at) WHERE hold <> 'breaker';
        CREATE INDEX parked_breaker ON parked (channel, due_at) WHERE hold = 'breaker';
        CREATE INDEX parked_uncertain ON parked (parked_at) WHERE hold = 'uncertain';
        """

    /// A dead letter follows its event where that gets its true key.
    private static let deadLetters = """
        CREATE INDEX dead_letter_event ON dead_letter (event_type, dedupe_key);
        """

    /// Messages that were in work when the program ended, by the SHA-256 of routing key and body.
    private static let quarantine = """
        CREATE TABLE quarantine (
            message_sha256 bytea PRIMARY KEY,
            marks integer NOT NULL,
            -- Of the mark set last: the same mark committed twice counts once.
            token uuid NOT NULL,
            marked_at timestamptz NOT NULL DEFAULT now()
        );
        """

    private static let pauses = """
        CREATE UNIQUE INDEX pause_scope ON pause (coalesce(event_type, ''), coalesce(channel, ''));
        -- What is paused is not bounded: the sweep hops from kind to kind instead of reading it all.
        CREATE INDEX parked_paused ON parked (event_type, coalesce(channel, ''), id) WHERE hold = 'paused';
        """
}
