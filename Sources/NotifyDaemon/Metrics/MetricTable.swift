import Telemetry

/// Every metric of the daemon that is counted here: name, kind, help and labels, as `/metrics` shows them.
///
/// Spans and the process's own figures come from collectors of their own: `SpanMetrics`, `ProcessMetrics`.
enum MetricTable {
    static let all =
        [
            notifications, notificationDuration, sendDuration, dnsDuration, sendFailures, retries, deadLettered,
            duplicates, inFlight, consuming,
        ] + backlog + [componentUp, providerUp, reloadSuccessful, reloadTime, buildInfo] + messaging

    // MARK: Notifications

    /// A large catalogue has many types, and each of them its channels and outcomes.
    static let notifications = MetricDescription(
        "notifyd_notifications_total",
        .counter,
        "Notifications settled, by what became of them; one that is tried again is counted as retrying each time.",
        labels: ["event_type", "channel", "outcome"],
        seriesLimit: 10_000
    )
    static let notificationDuration = MetricDescription(
        "notifyd_notification_duration_seconds",
        .histogram(bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]),
        "From the receipt of an event, or its being taken up again, to its acknowledgement, in seconds.",
        labels: ["channel"]
    )
    static let retries = MetricDescription(
        "notifyd_retries_total",
        .counter,
        "Notifications that have to be tried again, parked until then, or at once by the next provider (failover).",
        labels: ["channel", "reason"]
    )
    static let deadLettered = MetricDescription(
        "notifyd_dead_lettered_total",
        .counter,
        "Notifications and events given up, their bodies kept for notifyd dlq.",
        labels: ["channel", "reason"]
    )
    static let duplicates = MetricDescription(
        "notifyd_duplicates_total",
        .counter,
        "Events that came again and were not sent again.",
        labels: ["channel", "reason"]
    )
    static let inFlight = MetricDescription(
        "notifyd_in_flight",
        .gauge,
        "Events received or taken up again and not acknowledged yet."
    )

    // MARK: Providers

    static let sendDuration = MetricDescription(
        "notifyd_send_duration_seconds",
        .histogram(bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600]),
        "One send by a provider, from its start to the answer, in seconds.",
        labels: ["provider"]
    )
    static let dnsDuration = MetricDescription(
        "notifyd_dns_duration_seconds",
        .histogram(bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]),
        "Look-up of the provider's name, in seconds; sends on a kept connection look nothing up and do not count.",
        labels: ["provider"]
    )
    static let sendFailures = MetricDescription(
        "notifyd_send_failures_total",
        .counter,
        "Sends that a provider did not do, or left without an answer; refusals of a single recipient do not count.",
        labels: ["provider", "reason"]
    )
    static let providerUp = MetricDescription(
        "notifyd_provider_up",
        .gauge,
        "1 while the provider is asked, 0 while its breaker is open.",
        labels: ["provider"]
    )

    // MARK: The program

    static let consuming = MetricDescription(
        "notifyd_consuming",
        .gauge,
        "1 while events are taken from the queue, as /readyz tells."
    )
    static let componentUp = MetricDescription(
        "notifyd_component_up",
        .gauge,
        "1 while the component works, 0 while its server is away.",
        labels: ["component"]
    )
    static let reloadSuccessful = MetricDescription(
        "notifyd_config_last_reload_successful",
        .gauge,
        "1 when the last reload of the configuration was taken over, 0 when it was refused."
    )
    static let reloadTime = MetricDescription(
        "notifyd_config_last_reload_success_timestamp_seconds",
        .gauge,
        "When the configuration in force was taken over, in seconds since 1970."
    )
    static let buildInfo = MetricDescription(
        "notifyd_build_info",
        .gauge,
        "Always 1; its labels say what is running.",
        labels: ["version", "swift"]
    )
}
