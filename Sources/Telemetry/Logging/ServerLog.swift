import Logging

/// Tells the log how one server fares, in the words that every component has for it.
///
/// What `ServerNews` leaves out is a line at `debug`.
public struct ServerLog: Sendable {
    private let logger: Logger
    private var news = ServerNews()

    public init(_ logger: Logger) {
        self.logger = logger
    }

    /// - Returns: whether the log was told, above `debug`.
    @discardableResult
    public mutating func up(_ metadata: Logger.Metadata = [:], now: ContinuousClock.Instant = .now) -> Bool {
        switch news.up(now: now) {
        case .connected: logger.info("connected", metadata: metadata)
        case .reconnected: logger.info("reconnected", metadata: metadata)
        case .lost, .waiting, nil:
            logger.debug("connected", metadata: metadata)
            return false
        }
        return true
    }

    /// - Parameter message: what happened, where that is not the connection's own end.
    /// - Returns: whether the log was told, above `debug`.
    @discardableResult
    public mutating func lost(
        _ reason: String,
        _ metadata: Logger.Metadata = [:],
        message: Logger.Message = "connection lost",
        now: ContinuousClock.Instant = .now
    ) -> Bool {
        var metadata = metadata
        metadata["error"] = .string(reason)
        guard case .lost(let count)? = news.lost(reason, now: now) else {
            logger.debug(message, metadata: metadata)
            return false
        }
        if count > 1 { metadata["failures"] = .stringConvertible(count) }
        logger.warning(message, metadata: metadata)
        return true
    }

    /// - Returns: whether the log was told, above `debug`.
    @discardableResult
    public mutating func failed(
        _ reason: String,
        _ metadata: Logger.Metadata = [:],
        now: ContinuousClock.Instant = .now
    ) -> Bool {
        var metadata = metadata
        metadata["error"] = .string(reason)
        guard case .waiting(let count)? = news.failed(reason, now: now) else {
            logger.debug("waiting", metadata: metadata)
            return false
        }
        metadata["failures"] = .stringConvertible(count)
        logger.warning("waiting", metadata: metadata)
        return true
    }
}
