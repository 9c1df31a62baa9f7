import DomainEvents
import FoundationEssentials
import Metrics
import NotificationLog
import Pipeline
import Synchronization

/// What the daemon counts about itself: one typed method for each thing that happens, whose labels are bounded here.
///
/// Made once with the factory that is to count, and handed on by constructor. Every method may be called on any thread
/// and costs a look-up and an atomic addition.
final class DaemonMetrics: Sendable {
    let notifications: HandlerCache<NotificationLabels, Counter>
    let notificationDuration: HandlerCache<LogChannel, Metrics.Timer>
    let retries: HandlerCache<ReasonLabels, Counter>
    let deadLettered: HandlerCache<ReasonLabels, Counter>
    let duplicates: HandlerCache<DuplicateLabels, Counter>
    let sendDuration: HandlerCache<String, Metrics.Timer>
    let dnsDuration: HandlerCache<String, Metrics.Timer>
    let sendFailures: HandlerCache<FailureLabels, Counter>
    let providerUp: HandlerCache<String, Gauge>
    let componentUp: HandlerCache<String, Gauge>
    let messaging: MessagingMetrics
    let backlog: BacklogGauges
    let inFlight: Gauge
    let isConsuming: Gauge
    let reloadSuccessful: Gauge
    let reloadTime: Gauge
    private let buildInfo: Gauge
    private let eventTypes = Mutex<Set<String>>([])

    /// What stands for every event type that the catalogue does not have.
    static let otherType = "other"

    /// - Parameters:
    ///   - factory: counts; must know `MetricTable.all`.
    ///   - exchange: from which events come, and `queue` into which: for OpenTelemetry's name of the destination.
    ///   - startedAt: when the configuration was taken over.
    init(factory: any MetricsFactory, exchange: String, queue: String, startedAt: Date) {
        let maker = HandlerMaker(factory: factory)
        notifications = maker.counters(MetricTable.notifications, values: \.values)
        notificationDuration = maker.timers(MetricTable.notificationDuration) { [$0.rawValue] }
        retries = maker.counters(MetricTable.retries, values: \.values)
        deadLettered = maker.counters(MetricTable.deadLettered, values: \.values)
        duplicates = maker.counters(MetricTable.duplicates, values: \.values)
        sendDuration = maker.timers(MetricTable.sendDuration) { [$0] }
        dnsDuration = maker.timers(MetricTable.dnsDuration) { [$0] }
        sendFailures = maker.counters(MetricTable.sendFailures, values: \.values)
        providerUp = maker.gauges(MetricTable.providerUp) { [$0] }
        componentUp = maker.gauges(MetricTable.componentUp) { [$0] }
        messaging = MessagingMetrics(maker, exchange: exchange, queue: queue)
        backlog = BacklogGauges(maker)
        inFlight = maker.gauge(MetricTable.inFlight)
        isConsuming = maker.gauge(MetricTable.consuming)
        reloadSuccessful = maker.gauge(MetricTable.reloadSuccessful)
        reloadTime = maker.gauge(MetricTable.reloadTime)
        buildInfo = maker.gauge(
            MetricTable.buildInfo,
            [("version", NotifydVersion.current), ("swift", SwiftVersion.current)]
        )
        buildInfo.record(1)
        inFlight.record(0)
        isConsuming.record(0)
        reloaded(isTaken: true, at: startedAt)
        expectReasons()
    }

    /// The catalogue in force, at the start and after each reload: its types, and the channels of each.
    func use(_ types: [String: [Channel]]) {
        eventTypes.withLock { $0 = Set(types.keys) }
        expectNotifications(of: types)
    }

    /// The type as a label: publishers choose routing keys, and may choose many.
    func label(of eventType: String) -> String {
        eventTypes.withLock { $0.contains(eventType) } ? eventType : Self.otherType
    }
}

/// The compiler's version, for `notifyd_build_info`.
enum SwiftVersion {
    static var current: String {
        #if compiler(>=6.5)
            "6.5 or newer"
        #elseif compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
