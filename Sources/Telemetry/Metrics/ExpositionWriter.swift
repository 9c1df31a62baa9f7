/// Writes Prometheus's text format, version 0.0.4.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
struct ExpositionWriter {
    /// For the answer's `Content-Type`.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    mutating func begin(_ description: MetricDescription) {
        let type =
            switch description.kind {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        text += "# HELP \(description.name) "
        for scalar in description.help.unicodeScalars { append(scalar, escapesQuotes: false) }
        text += "\n# TYPE \(description.name) \(type)\n"
    }

    mutating func write(_ series: MetricSeries, _ description: MetricDescription, values: [String]) {
        let labels = Array(zip(description.labels, values))
        switch series {
        case .counter(let counter): write(description.name, labels, counter.value)
        case .gauge(let gauge): write(description.name, labels, gauge.value)
        case .histogram(let histogram): write(histogram.snapshot, description, labels)
        }
    }

    mutating func write(_ name: String, _ labels: [(String, String)], _ value: Double) {
        text += name
        // An empty label is the same as none.
        let present = labels.filter { !$0.1.isEmpty }
        if !present.isEmpty {
            text += "{"
            for (index, label) in present.enumerated() {
                text += index == 0 ? "\(label.0)=\"" : ",\(label.0)=\""
                for scalar in label.1.unicodeScalars { append(scalar, escapesQuotes: true) }
                text += "\""
            }
            text += "}"
        }
        text += " \(Self.number(value))\n"
    }

    private mutating func write(
        _ snapshot: HistogramSeries.Snapshot,
        _ description: MetricDescription,
        _ labels: [(String, String)]
    ) {
        guard case .histogram(let bounds) = description.kind else { return }
        for (bound, count) in zip(bounds + [.infinity], snapshot.cumulative) {
            write("\(description.name)_bucket", labels + [("le", Self.number(bound))], Double(count))
        }
        write("\(description.name)_sum", labels, snapshot.sum)
        write("\(description.name)_count", labels, Double(snapshot.cumulative.last ?? 0))
    }

    private mutating func append(_ scalar: Unicode.Scalar, escapesQuotes: Bool) {
        switch scalar {
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\"" where escapesQuotes: text += "\\\""
        default: text.unicodeScalars.append(scalar)
        }
    }

    /// As Go's `ParseFloat` reads it; whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: value), abs(value) < 1e15 { return "\(whole)" }
        return "\(value)"
    }
}
