import Metrics
import Testing

@testable import Telemetry

@Suite("swift-metrics over the table") struct PrometheusMetricsTests {
    private let events = MetricDescription("events_total", .counter, "Events.", labels: ["type"], seriesLimit: 3)
    private let level = MetricDescription("level", .gauge, "A level.")

    private func counter(_ metrics: PrometheusMetrics, _ type: String) -> Counter {
        Counter(label: "events_total", dimensions: [("type", type)], factory: metrics)
    }

    @Test("the same name and labels are the same series, however often a handler is made")
    func same() {
        let metrics = PrometheusMetrics([events])
        for _ in 0..<5 { counter(metrics, "a").increment() }
        #expect(metrics.render().hasSuffix("counter\nevents_total{type=\"a\"} 5\n"))
    }

    @Test("beyond its limit a metric counts everything as other, and known series go on by themselves")
    func bounded() {
        let metrics = PrometheusMetrics([events])
        for type in ["a", "b", "c", "d", "e", "a"] { counter(metrics, type).increment() }
        for number in 0..<10_000 { counter(metrics, "hostile\(number)").increment() }
        let lines = metrics.render().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            lines == [
                "events_total{type=\"a\"} 2", "events_total{type=\"b\"} 1", "events_total{type=\"c\"} 1",
                "events_total{type=\"other\"} 10002",
            ]
        )
    }

    @Test("a label that is missing counts as empty, and one that is not described is left out")
    func undescribedLabels() {
        let metrics = PrometheusMetrics([events])
        Counter(label: "events_total", factory: metrics).increment()
        Counter(label: "events_total", dimensions: [("colour", "red")], factory: metrics).increment()
        #expect(metrics.render().hasSuffix("events_total 2\n"))
    }

    @Test("what the table does not have, or has as another kind, is not counted")
    func undescribed() {
        let metrics = PrometheusMetrics([events, level])
        Counter(label: "unknown_total", factory: metrics).increment()
        FloatingPointCounter(label: "unknown_total", factory: metrics).increment(by: 1.5)
        Counter(label: "level", factory: metrics).increment()
        Gauge(label: "events_total", factory: metrics).record(7)
        Timer(label: "level", factory: metrics).recordSeconds(7)
        Meter(label: "unknown", factory: metrics).set(7)
        #expect(!metrics.render().contains("unknown"))
        #expect(!metrics.render().contains("7"))
    }

    @Test("a counter adds whole and broken amounts and never goes down")
    func counting() {
        let metrics = PrometheusMetrics([events])
        let whole = counter(metrics, "a")
        let broken = FloatingPointCounter(label: "events_total", dimensions: [("type", "a")], factory: metrics)
        whole.increment(by: 2)
        whole.increment(by: -5)
        broken.increment(by: 0.5)
        broken.increment(by: -1.0)
        broken.increment(by: Double.nan)
        broken.increment(by: Double.infinity)
        #expect(metrics.render().hasSuffix("events_total{type=\"a\"} 2.5\n"))
        whole.reset()
        #expect(metrics.render().hasSuffix("events_total{type=\"a\"} 0\n"))
    }

    @Test("a gauge shows what was set last, a meter moves it")
    func gauges() {
        let metrics = PrometheusMetrics([level])
        Gauge(label: "level", factory: metrics).record(4)
        Gauge(label: "level", factory: metrics).record(2.5)
        #expect(metrics.render().hasSuffix("level 2.5\n"))
        let meter = Meter(label: "level", factory: metrics)
        meter.increment(by: 1)
        meter.decrement(by: 0.5)
        #expect(metrics.render().hasSuffix("level 3\n"))
    }

    @Test("a destroyed handler's series is no longer shown")
    func destroyed() {
        let metrics = PrometheusMetrics([events])
        let gone = counter(metrics, "a")
        counter(metrics, "b").increment()
        gone.destroy()
        #expect(!metrics.render().contains("\"a\""))
        #expect(metrics.render().contains("\"b\""))
    }

    @Test("counted on many threads while it is rendered, nothing is lost")
    func concurrent() async {
        let durations = MetricDescription("took_seconds", .histogram(bounds: [1]), "Durations.")
        let metrics = PrometheusMetrics([events, durations])
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    let timer = Timer(label: "took_seconds", factory: metrics)
                    for _ in 0..<5_000 {
                        Counter(label: "events_total", dimensions: [("type", "t\(worker % 2)")], factory: metrics)
                            .increment()
                        timer.recordSeconds(2)
                    }
                }
            }
            group.addTask { for _ in 0..<50 { _ = metrics.render() } }
        }
        let text = metrics.render()
        #expect(text.contains("events_total{type=\"t0\"} 20000\nevents_total{type=\"t1\"} 20000\n"))
        #expect(text.contains("took_seconds_bucket{le=\"1\"} 0\n"))
        #expect(text.hasSuffix("took_seconds_sum 80000\ntook_seconds_count 40000\n"))
    }

    @Test("collectors are asked at each rendering, and show only what they found")
    func collectors() {
        struct Fixed: MetricCollector {
            let descriptions = [
                MetricDescription("found", .gauge, "Found."), MetricDescription("missing", .gauge, "Missing."),
            ]
            func samples() -> [MetricSample] { [MetricSample("found", 1.5)] }
        }
        let metrics = PrometheusMetrics([], collectors: [Fixed()])
        #expect(metrics.render() == "# HELP found Found.\n# TYPE found gauge\nfound 1.5\n")
    }

    @Test("spans are shown as the exporter counts them")
    func spans() {
        var statistics = TelemetryStatistics()
        statistics.exportedSpans = 12
        statistics.droppedSpans = 3
        let metrics = PrometheusMetrics([], collectors: [SpanMetrics { [statistics] in statistics }])
        #expect(metrics.render().contains("notifyd_spans_exported_total 12\n"))
        #expect(metrics.render().hasSuffix("notifyd_spans_dropped_total 3\n"))
    }
}
