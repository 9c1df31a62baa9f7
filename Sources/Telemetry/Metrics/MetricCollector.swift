/// One value that is looked up when it is asked for.
public struct MetricSample: Sendable, Equatable {
    /// Of a counter or gauge that the collector describes.
    public var name: String
    public var value: Double

    public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}

/// Metrics that somebody else counts already: read each time `/metrics` is rendered, on the thread that renders.
public protocol MetricCollector: Sendable {
    /// Counters and gauges without labels.
    var descriptions: [MetricDescription] { get }

    /// The values as they stand; what cannot be read is left out.
    func samples() -> [MetricSample]
}
