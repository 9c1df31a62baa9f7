import Synchronization

/// The running values of one metric, by their label values.
enum MetricSeries: Sendable {
    case counter(CounterSeries)
    case gauge(GaugeSeries)
    case histogram(HistogramSeries)

    init(_ kind: MetricDescription.Kind) {
        switch kind {
        case .counter: self = .counter(CounterSeries())
        case .gauge: self = .gauge(GaugeSeries())
        case .histogram(let bounds): self = .histogram(HistogramSeries(bounds: bounds))
        }
    }

    fileprivate func isSame(as handler: AnyObject) -> Bool {
        switch self {
        case .counter(let series): series === handler
        case .gauge(let series): series === handler
        case .histogram(let series): series === handler
        }
    }
}

/// One metric with all its series: the same label values always give the same series, and there are only so many.
final class MetricFamily: Sendable {
    let description: MetricDescription
    private let series = Mutex<[[String]: MetricSeries]>([:])

    init(_ description: MetricDescription) {
        self.description = description
    }

    /// The series of these labels, made when it is asked for first.
    ///
    /// Labels may come in any order. One that is missing counts as empty, one that is not described is left out. A set
    /// beyond the limit goes to the series whose labels all say `other`.
    func series(_ dimensions: [(String, String)]) -> MetricSeries {
        let values = description.labels.map { label in dimensions.first { $0.0 == label }?.1 ?? "" }
        return series.withLock { series in
            if let known = series[values] { return known }
            let overflow = description.labels.map { _ in MetricDescription.overflow }
            let isFull = series.count >= description.seriesLimit
            let key = isFull ? overflow : values
            if isFull, let known = series[key] { return known }
            let made = MetricSeries(description.kind)
            series[key] = made
            return made
        }
    }

    func remove(_ handler: AnyObject) {
        series.withLock { series in
            guard let key = series.first(where: { $0.value.isSame(as: handler) })?.key else { return }
            series[key] = nil
        }
    }

    /// In the order of their label values.
    var sorted: [(values: [String], series: MetricSeries)] {
        let all = series.withLock { series in series.map { (values: $0.key, series: $0.value) } }
        return all.sorted { $0.values.lexicographicallyPrecedes($1.values) }
    }
}
