import Metrics
import Testing

@testable import Telemetry

@Suite("Prometheus's text format") struct ExpositionTests {
    private let requests = MetricDescription("requests_total", .counter, "Requests.", labels: ["method", "path"])
    private let size = MetricDescription("queue_size", .gauge, "What waits.")

    @Test("a family has its help and type once, and its series in the order of their labels")
    func family() {
        let metrics = PrometheusMetrics([requests])
        Counter(label: "requests_total", dimensions: [("method", "PUT"), ("path", "/b")], factory: metrics).increment()
        Counter(label: "requests_total", dimensions: [("path", "/a"), ("method", "GET")], factory: metrics)
            .increment(by: 2)
        #expect(
            metrics.render() == """
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{method="GET",path="/a"} 2
                requests_total{method="PUT",path="/b"} 1

                """
        )
    }

    @Test("families come in the table's order, whichever was counted first; what was never counted is left out")
    func order() {
        let unused = MetricDescription("unused_total", .counter, "Never counted.")
        let metrics = PrometheusMetrics([size, unused, requests])
        Counter(label: "requests_total", factory: metrics).increment()
        Gauge(label: "queue_size", factory: metrics).record(3)
        let types = metrics.render().split(separator: "\n").filter { $0.hasPrefix("# TYPE") }
        #expect(types == ["# TYPE queue_size gauge", "# TYPE requests_total counter"])
    }

    @Test("a label's backslash, quote and line feed are escaped, and an empty label is left out")
    func escaping() {
        let metrics = PrometheusMetrics([requests])
        let dimensions = [("method", ""), ("path", "a\\b\"c\nd é\u{0}")]
        Counter(label: "requests_total", dimensions: dimensions, factory: metrics).increment()
        #expect(metrics.render().contains("requests_total{path=\"a\\\\b\\\"c\\nd é\u{0}\"} 1\n"))
    }

    @Test("a help text's backslash and line feed are escaped, its quotes are not")
    func help() {
        let metrics = PrometheusMetrics([MetricDescription("a", .gauge, "one \"two\"\nthree \\ four")])
        Gauge(label: "a", factory: metrics).record(1)
        #expect(metrics.render().hasPrefix("# HELP a one \"two\"\\nthree \\\\ four\n"))
    }

    @Test(
        "numbers are written as Prometheus reads them",
        arguments: [
            (0, "0"), (-3, "-3"), (0.25, "0.25"), (1_700_000_000.5, "1700000000.5"), (1e300, "1e+300"), (1e-9, "1e-09"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)]
    )
    func numbers(value: Double, text: String) {
        #expect(ExpositionWriter.number(value) == text)
    }

    @Test("a histogram's buckets count what is at most their bound, cumulatively, up to infinity")
    func histogram() {
        let metrics = PrometheusMetrics([
            MetricDescription("wait_seconds", .histogram(bounds: [0.1, 1]), "Waiting.", labels: ["who"])
        ])
        let timer = Timer(label: "wait_seconds", dimensions: [("who", "us")], factory: metrics)
        for milliseconds in [100, 500, 1_000, 30_000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            metrics.render() == """
                # HELP wait_seconds Waiting.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{who="us",le="0.1"} 1
                wait_seconds_bucket{who="us",le="1"} 3
                wait_seconds_bucket{who="us",le="+Inf"} 4
                wait_seconds_sum{who="us"} 31.6
                wait_seconds_count{who="us"} 4

                """
        )
    }

    @Test("a recorder of whole or broken numbers fills a histogram, too; what is no number is left out")
    func recorder() {
        let metrics = PrometheusMetrics([MetricDescription("size", .histogram(bounds: [10]), "Sizes.")])
        let recorder = Recorder(label: "size", factory: metrics)
        recorder.record(10)
        recorder.record(10.5)
        recorder.record(Double.nan)
        recorder.record(Double.infinity)
        #expect(metrics.render().contains("size_bucket{le=\"10\"} 1\nsize_bucket{le=\"+Inf\"} 2\nsize_sum 20.5\n"))
    }
}
