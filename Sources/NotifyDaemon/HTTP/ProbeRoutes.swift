/// What is answered to whom: probes and metrics only, GET only.
struct ProbeRoutes: Sendable {
    struct Answer: Sendable, Equatable {
        var status: Int
        var contentType: String
        var body: String
    }

    let health: HealthBoard
    let liveness: Liveness
    /// Prometheus' text format.
    let metrics: @Sendable () -> String

    /// - Parameter path: without its query.
    func answer(method: String, path: String) -> Answer {
        let page: () -> Answer
        switch path {
        case "/livez": page = livez
        case "/readyz": page = readyz
        case "/metrics": page = { Answer(status: 200, contentType: Self.prometheus, body: metrics()) }
        default: return Self.plain(404, "not found; there are /livez, /readyz and /metrics")
        }
        guard method == "GET" else { return Self.plain(405, "GET only") }
        return page()
    }

    /// The exposition format of Prometheus 2, whose scrapers ask for it by this name.
    static let prometheus = "text/plain; version=0.0.4; charset=utf-8"

    private func livez() -> Answer {
        let verdict = liveness.verdict
        let isAlive = verdict == .alive
        let report = HealthReport(isAlive ? .ok : .stuck, reason: verdict.reason, health.all)
        return Self.json(isAlive ? 200 : 503, report)
    }

    private func readyz() -> Answer {
        let isReady = health.isReady
        return Self.json(isReady ? 200 : 503, HealthReport(isReady ? .ok : .unavailable, health.all))
    }

    private static func json(_ status: Int, _ report: HealthReport) -> Answer {
        Answer(status: status, contentType: "application/json", body: report.json + "\n")
    }

    private static func plain(_ status: Int, _ text: String) -> Answer {
        Answer(status: status, contentType: "text/plain; charset=utf-8", body: text + "\n")
    }
}
