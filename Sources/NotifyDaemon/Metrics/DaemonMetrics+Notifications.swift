import DomainEvents
import Metrics
import NotificationLog
import Pipeline

extension DaemonMetrics {
    /// A notification's settle was committed, whatever it says.
    func settled(eventType: String, channel: LogChannel, outcome: NotificationStatus) {
        notifications[NotificationLabels(eventType: label(of: eventType), channel: channel, outcome: outcome)]
            .increment()
    }

    /// - Parameter duration: from receipt, or from being taken up again, to the acknowledgement.
    func took(_ duration: Duration, channel: LogChannel) {
        notificationDuration[channel].record(duration: duration)
    }

    /// A notification was parked to be tried again.
    func retried(channel: LogChannel, reason: ErrorCode) {
        retries[ReasonLabels(channel: channel, reason: ReasonLabel(reason))].increment()
    }

    /// The next provider is asked within the same attempt.
    func failedOver(channel: Channel) {
        retries[ReasonLabels(channel: .channel(channel), reason: .failover)].increment()
    }

    /// A body was stored in `dead_letter`.
    func deadLettered(channel: LogChannel, reason: ErrorCode) {
        deadLettered[ReasonLabels(channel: channel, reason: ReasonLabel(reason))].increment()
    }

    /// - Parameter channel: the event's only one; `none` where it has several.
    func duplicate(channel: LogChannel, reason: DuplicateReason) {
        duplicates[DuplicateLabels(channel: channel, reason: reason)].increment()
    }

    /// - Parameter count: of messages whose passage has not ended.
    func inFlight(_ count: Int) {
        inFlight.record(count)
    }

    // MARK: From the start

    /// Only what can come: rejections have no channel yet, and have it all to themselves.
    func expectNotifications(of types: [String: [Channel]]) {
        for (type, channels) in types.merging([Self.otherType: []], uniquingKeysWith: { known, _ in known }) {
            for channel in channels {
                for outcome in Self.sendOutcomes {
                    _ = notifications[.init(eventType: type, channel: .channel(channel), outcome: outcome)]
                }
            }
            for outcome in [NotificationStatus.rejected, .failed, .retrying] {
                _ = notifications[.init(eventType: type, channel: .none, outcome: outcome)]
            }
        }
    }

    private static let sendOutcomes: [NotificationStatus] = [
        .sent, .retrying, .failed, .expired, .suppressed, .uncertain, .paused,
    ]

    func expectReasons() {
        for channel in LogChannel.all {
            for reason in ReasonLabel.retries(on: channel) { _ = retries[.init(channel: channel, reason: reason)] }
            for reason in ReasonLabel.deadLetters(on: channel) {
                _ = deadLettered[.init(channel: channel, reason: reason)]
            }
            for reason in DuplicateReason.allCases { _ = duplicates[.init(channel: channel, reason: reason)] }
            _ = notificationDuration[channel]
        }
    }
}
