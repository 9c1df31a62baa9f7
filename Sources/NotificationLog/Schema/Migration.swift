/// One step of the schema: applied once, in order, in a transaction of its own; never changed after a release.
public struct Migration: Sendable {
    public let version: Int
    public let sql: String

    /// Every step there is, oldest first.
    public static let all: [Migration] = [
        Migration(version: 1, sql: InitialSchema.sql),
        Migration(version: 2, sql: RecoverySchema.sql),
        Migration(version: 3, sql: MonitoringSchema.sql),
        Migration(version: 4, sql: RetentionSchema.sql),
    ]

    static var newest: Int { all.map(\.version).max() ?? 0 }

    /// The steps as one script that can be run by hand any number of times, each step under the lock and at most once.
    ///
    /// - Parameter schema: the value of `database.schema`.
    public static func script(schema: String) -> String {
        ([preparation(schema: schema)] + all.map { $0.guarded(schema: schema) }).joined(separator: "\n")
    }

    /// The schema itself and the table of applied steps; asks for no right that is not needed.
    static func preparation(schema: String) -> String {
        let name = SQLText.identifier(schema)
        return """
            BEGIN;
            SELECT pg_advisory_xact_lock(\(lockKey));
            DO $preparation$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = \(SQLText.literal(schema))) THEN
                    CREATE SCHEMA \(name);
                END IF;
            END $preparation$;
            SET LOCAL search_path = \(name);
            CREATE TABLE IF NOT EXISTS schema_migration (
                version integer PRIMARY KEY,
                applied_at timestamptz NOT NULL DEFAULT now()
            );
            COMMIT;
            """
    }

    /// The step, skipped where it is already in place: many replicas may start at once.
    func guarded(schema: String) -> String {
        """
        BEGIN;
        SELECT pg_advisory_xact_lock(\(Self.lockKey));
        SET LOCAL search_path = \(SQLText.identifier(schema));
        DO $guard$ BEGIN
            IF NOT EXISTS (SELECT FROM schema_migration WHERE version = \(version)) THEN
                EXECUTE $migration$
        \(sql)
                $migration$;
                INSERT INTO schema_migration (version) VALUES (\(version));
            END IF;
        END $guard$;
        COMMIT;
        """
    }

    /// "notifyd" in ASCII: the key all replicas agree on.
    private static let lockKey: Int64 = 0x6E_6F74_6966_7964
}

enum SQLText {
    static func identifier(_ name: String) -> String {
        "\"\(name.replacing("\"", with: "\"\""))\""
    }

    static func literal(_ text: String) -> String {
        "'\(text.replacing("'", with: "''"))'"
    }
}
