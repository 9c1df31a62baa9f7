import Database
import Logging
import Telemetry

/// A statement that fails again and again: said at once, then once a minute with a count.
///
/// What is the connection's own trouble is for `DatabaseWatch` to say, and stands here at `debug`.
struct RepeatedDatabaseError {
    private var failures = RepeatedFailure(forgetsAfter: RepeatedFailure.interval)

    mutating func log(
        _ message: Logger.Message,
        _ error: DatabaseError,
        to logger: Logger,
        now: ContinuousClock.Instant = .now
    ) {
        var metadata: Logger.Metadata = ["error": .string(error.description)]
        guard !error.isConnectionFailure, error.code != .closed,
            let count = failures.shouldReport(error.description, now: now)
        else { return logger.debug(message, metadata: metadata) }
        metadata["failures"] = .stringConvertible(count)
        logger.error(message, metadata: metadata)
    }
}
