import Metrics
import Telemetry

/// Makes handlers of the table's metrics by swift-metrics' interface.
struct HandlerMaker: Sendable {
    let factory: any MetricsFactory

    func gauge(_ description: MetricDescription, _ dimensions: [(String, String)] = []) -> Gauge {
        Gauge(label: description.name, dimensions: dimensions, factory: factory)
    }

    func counters<Labels: Hashable & Sendable>(
        _ description: MetricDescription,
        values: @escaping @Sendable (Labels) -> [String]
    ) -> HandlerCache<Labels, Counter> {
        cache(description, values) { Counter(label: description.name, dimensions: $0, factory: $1) }
    }

    func gauges<Labels: Hashable & Sendable>(
        _ description: MetricDescription,
        values: @escaping @Sendable (Labels) -> [String]
    ) -> HandlerCache<Labels, Gauge> {
        cache(description, values) { Gauge(label: description.name, dimensions: $0, factory: $1) }
    }

    func timers<Labels: Hashable & Sendable>(
        _ description: MetricDescription,
        values: @escaping @Sendable (Labels) -> [String]
    ) -> HandlerCache<Labels, Metrics.Timer> {
        cache(description, values) { Metrics.Timer(label: description.name, dimensions: $0, factory: $1) }
    }

    /// - Parameter values: of the labels, in the description's order.
    private func cache<Labels: Hashable & Sendable, Handler: Sendable>(
        _ description: MetricDescription,
        _ values: @escaping @Sendable (Labels) -> [String],
        _ make: @escaping @Sendable ([(String, String)], any MetricsFactory) -> Handler
    ) -> HandlerCache<Labels, Handler> {
        HandlerCache(limit: description.seriesLimit) { [factory] labels in
            make(Array(zip(description.labels, values(labels))), factory)
        }
    }
}
