import FoundationEssentials
import Senders
import Telemetry

/// What the program shows of itself: health, progress and metrics, written by the runtime, asked for by HTTP.
struct Observation: Sendable {
    let health: HealthBoard
    let liveness = Liveness()
    let metrics: DaemonMetrics
    private let telemetry: Telemetry
    private let prometheus: PrometheusMetrics

    /// - Parameter onChange: hears of each component how it stands, at first and whenever that changes.
    init(
        _ environment: DaemonEnvironment,
        senders: SenderSet,
        onChange: @escaping @Sendable (String, HealthBoard.Status) -> Void
    ) {
        let configuration = environment.wiring.configuration
        let telemetry = environment.telemetry
        self.telemetry = telemetry
        prometheus = PrometheusMetrics(
            MetricTable.all,
            collectors: [SpanMetrics { telemetry.statistics }, ProcessMetrics()]
        )
        let metrics = DaemonMetrics(
            factory: prometheus,
            exchange: configuration.rabbitmq.exchange,
            queue: configuration.rabbitmq.queue,
            startedAt: Date()
        )
        self.metrics = metrics
        let providers = senders.all.map(\.name)
        metrics.expect(providers: providers)
        health = HealthBoard(
            Self.components(configuration, providers, telemetry),
            onChange: { component, status in
                metrics.show(component, status, isProvider: providers.contains(component))
                onChange(component, status)
            }
        )
    }

    /// Everything the daemon needs or speaks to, with how it stands before anything was tried.
    private static func components(
        _ configuration: NotifydConfiguration,
        _ providers: [String],
        _ telemetry: Telemetry
    ) -> [String: HealthBoard.Status] {
        var components: [String: HealthBoard.Status] = [
            HealthBoard.consumer: .down, HealthBoard.broker: .down, HealthBoard.database: .down,
        ]
        // A provider counts as working until it failed often enough for its breaker to open.
        for provider in providers { components[provider] = .up }
        if telemetry.hasCollector { components[HealthBoard.otlp] = .unknown }
        if configuration.http.listen != nil { components[HealthBoard.http] = .down }
        return components
    }

    /// Off the reactor, so that it answers when that does not; until the task is cancelled.
    func serve(at address: ListenAddress, logs: LogBackend) -> Task<Void, Never> {
        let server = ProbeServer(
            address: address,
            routes: ProbeRoutes(health: health, liveness: liveness, metrics: { [prometheus] in prometheus.render() }),
            health: health,
            logger: logs.logger(.http)
        )
        return Task.detached { await server.run() }
    }

    /// The loop has turned once more.
    func turned(_ stuck: StageTable.Stuck?) {
        if let isUp = telemetry.isCollectorUp { health.set(HealthBoard.otlp, isUp ? .up : .down) }
        liveness.turned(stuck)
    }
}

extension DaemonMetrics {
    /// What is not known yet is not shown.
    fileprivate func show(_ component: String, _ status: HealthBoard.Status, isProvider: Bool) {
        guard status != .unknown else { return }
        switch component {
        case HealthBoard.consumer: consuming(status == .up)
        case _ where isProvider:
            provider(component, isUp: status == .up)
            self.component(component, isUp: status == .up)
        default: self.component(component, isUp: status == .up)
        }
    }
}
