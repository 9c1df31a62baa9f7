import Telemetry

extension MetricTable {
    /// OpenTelemetry's messaging metrics (semantic conventions 1.44) under the names its Prometheus mapping gives them.
    static let messaging = [processDuration, consumedMessages, operationDuration]

    static let processDuration = MetricDescription(
        "messaging_process_duration_seconds",
        .histogram(bounds: messagingBounds),
        "Duration of processing one message, from receipt to acknowledgement, in seconds.",
        labels: messagingLabels
    )
    static let consumedMessages = MetricDescription(
        "messaging_client_consumed_messages_total",
        .counter,
        "Messages that the broker delivered.",
        labels: messagingLabels
    )
    static let operationDuration = MetricDescription(
        "messaging_client_operation_duration_seconds",
        .histogram(bounds: messagingBounds),
        "Duration of an operation that the client asked of the broker, in seconds.",
        labels: messagingLabels
    )

    /// Those that the convention recommends for all three.
    private static let messagingBounds = [
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    ]
    private static let messagingLabels = [
        "messaging_system", "messaging_operation_name", "messaging_operation_type", "messaging_destination_name",
        "error_type",
    ]
}
