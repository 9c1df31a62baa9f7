import Telemetry

extension MetricTable {
    /// What waits in Postgres: the same for all replicas, so that a sum over them counts it several times.
    static let backlog = [
        parked, parkedOldest, uncertain, uncertainOldest, deadLetters, deadLettersOldest,
    ]

    static let parked = MetricDescription(
        "notifyd_parked_notifications",
        .gauge,
        "Notifications parked in Postgres until a due time, a provider's return or an operator's resume."
    )
    static let parkedOldest = MetricDescription(
        "notifyd_parked_notifications_oldest_timestamp_seconds",
        .gauge,
        "When the oldest of them was parked first, in seconds since 1970; NaN when there is none."
    )
    static let uncertain = MetricDescription(
        "notifyd_uncertain_notifications",
        .gauge,
        "Notifications that may or may not have been sent and wait for notifyd uncertain resolve."
    )
    static let uncertainOldest = MetricDescription(
        "notifyd_uncertain_notifications_oldest_timestamp_seconds",
        .gauge,
        "When the oldest of them was parked, in seconds since 1970; NaN when there is none."
    )
    static let deadLetters = MetricDescription(
        "notifyd_dead_letters",
        .gauge,
        "Dead letters that were not replayed."
    )
    static let deadLettersOldest = MetricDescription(
        "notifyd_dead_letters_oldest_timestamp_seconds",
        .gauge,
        "When the oldest of them died, in seconds since 1970; NaN when there is none."
    )
}
