/// The third migration: what metrics ask for again and again.
enum MonitoringSchema {
    static let sql = """
        -- Dead letters are kept, and few of them are open: counting those must not read the rest.
        CREATE INDEX dead_letter_open ON dead_letter (died_at) WHERE replayed_at IS NULL;
        """
}
