/// The second migration: what outages, crashes and operators need.
enum RecoverySchema {
    static let sql = [retries, parked, quarantine, pauses].joined(separator: "\n")

    /// A replay starts the schedule anew while `attempts` goes on counting.
    private static let retries = """
        -- For each channel the attempts made before the present retry schedule began; missing: 0.
        ALTER TABLE event ADD COLUMN schedule_base integer[] NOT NULL DEFAULT '{}';
        """

    private static let parked = """
        -- Null: a whole event or a copy.
        ALTER TABLE parked ADD COLUMN channel text;
        -- Whose breaker a notification on hold `breaker` waits for.
        ALTER TABLE parked ADD COLUMN provider text;
        CREATE INDEX parked_held ON parked (hold, due_at) WHERE hold IN ('paused', 'uncertain', 'breaker');
        """

    /// Messages that were in work when the program ended, by the SHA-256 of routing key and body.
    private static let quarantine = """
        CREATE TABLE quarantine (
            message_sha256 bytea PRIMARY KEY,
            marks integer NOT NULL,
            marked_at timestamptz NOT NULL DEFAULT now()
        );
        """

    private static let pauses = """
        CREATE UNIQUE INDEX pause_scope ON pause (coalesce(event_type, ''), coalesce(channel, ''));
        -- What is paused is not bounded: the sweep hops from kind to kind instead of reading it all.
        CREATE INDEX parked_paused ON parked (event_type, coalesce(channel, ''), id) WHERE hold = 'paused';
        """
}
