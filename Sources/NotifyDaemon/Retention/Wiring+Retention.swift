import Database
import NotificationLog

extension Wiring {
    /// The role of `database.retentionUrl`; it need not be the one that runs.
    func retentionTarget() throws(DatabaseError) -> ConnectionTarget {
        try ConnectionTarget(
            url: configuration.database.retentionURL.revealed,
            applicationName: Self.product,
            schema: configuration.database.schema
        )
    }

    func retention() throws(DatabaseError) -> RetentionRun {
        RetentionRun(target: try retentionTarget(), keep: configuration.audit.keep, reactor: reactor)
    }
}
