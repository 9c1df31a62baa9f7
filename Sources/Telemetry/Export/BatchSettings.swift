/// When spans are exported and how many may wait (`OTEL_BSP_*`), with OpenTelemetry's defaults.
public struct BatchSettings: Sendable, Equatable {
    /// How long a span waits at most for others to join its batch.
    public var scheduleDelay: Duration = .milliseconds(5000)
    /// How long one batch may take, retries included.
    public var exportTimeout: Duration = .milliseconds(30_000)
    /// How many spans may wait; what ends beyond that is dropped and counted.
    public var maximumQueueSize = 2048
    /// How many spans go out together, at most the queue's size.
    public var maximumBatchSize = 512

    /// Some hundred megabytes of spans; what is asked for beyond is cut to it.
    static let largestQueue = 1 << 17

    public init() {}
}
