import CoreMetrics

/// The backend of swift-metrics: counts what is described in its table and shows it as Prometheus's text.
///
/// Made once by the daemon and handed on by constructor; there is no bootstrap. A handler is looked up once and kept:
/// counting with it is an atomic addition, or a lock held for two additions. All of it is safe on any thread, `render`
/// beside the reactor included. What the table does not have is not counted, so that no library can make it grow.
public final class PrometheusMetrics: MetricsFactory {
    /// Of what `render` gives.
    public static let contentType = ExpositionWriter.contentType

    private let families: [MetricFamily]
    private let byName: [String: MetricFamily]
    private let collectors: [any MetricCollector]

    /// - Parameters:
    ///   - descriptions: the table; a name twice, those of the collectors included, is a mistake of the program.
    ///   - collectors: metrics that others count, read by each `render`.
    public init(_ descriptions: [MetricDescription], collectors: [any MetricCollector] = []) {
        let names = descriptions.map(\.name) + collectors.flatMap { $0.descriptions.map(\.name) }
        precondition(Set(names).count == names.count, "a metric is described twice")
        families = descriptions.map(MetricFamily.init)
        byName = Dictionary(uniqueKeysWithValues: families.map { ($0.description.name, $0) })
        self.collectors = collectors
    }

    /// Everything as it stands, in the table's order, then the collectors' metrics; what was never counted is left out.
    public func render() -> String {
        var writer = ExpositionWriter()
        for family in families {
            let series = family.sorted
            guard !series.isEmpty else { continue }
            writer.begin(family.description)
            for each in series { writer.write(each.series, family.description, values: each.values) }
        }
        for collector in collectors {
            let samples = collector.samples()
            for description in collector.descriptions {
                guard let sample = samples.first(where: { $0.name == description.name }) else { continue }
                writer.begin(description)
                writer.write(description.name, [], sample.value)
            }
        }
        return writer.text
    }

    // MARK: swift-metrics

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        guard case .counter(let series)? = byName[label]?.series(dimensions) else { return NOOPMetricsHandler.instance }
        return series
    }

    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        guard case .counter(let series)? = byName[label]?.series(dimensions) else { return UncountedAmount() }
        return series
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        guard case .gauge(let series)? = byName[label]?.series(dimensions) else { return NOOPMetricsHandler.instance }
        return series
    }

    /// The table decides whether it is a gauge or a histogram, not `aggregate`.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        switch byName[label]?.series(dimensions) {
        case .gauge(let series): series
        case .histogram(let series): series
        case .counter, nil: NOOPMetricsHandler.instance
        }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        guard case .histogram(let series)? = byName[label]?.series(dimensions) else {
            return NOOPMetricsHandler.instance
        }
        return series
    }

    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    private func remove(_ handler: AnyObject) {
        for family in families { family.remove(handler) }
    }
}

/// What swift-metrics' own empty handler does not cover.
private final class UncountedAmount: FloatingPointCounterHandler {
    func increment(by amount: Double) {}
    func reset() {}
}
