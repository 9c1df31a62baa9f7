import FoundationEssentials
import Metrics
import NotificationLog
import Telemetry

/// What waits in Postgres, as it was counted last; not shown before it is known, since a 0 would look like a change.
struct BacklogGauges: Sendable {
    private let maker: HandlerMaker

    init(_ maker: HandlerMaker) {
        self.maker = maker
    }

    func show(_ backlog: Backlog) {
        show(backlog.parked, MetricTable.parked, MetricTable.parkedOldest)
        show(backlog.uncertain, MetricTable.uncertain, MetricTable.uncertainOldest)
        show(backlog.deadLetters, MetricTable.deadLetters, MetricTable.deadLettersOldest)
    }

    /// Nothing is no time: NaN, which no comparison of an alert is true for.
    private func show(_ pile: Backlog.Pile, _ count: MetricDescription, _ oldest: MetricDescription) {
        maker.gauge(count).record(pile.count)
        maker.gauge(oldest).record(pile.oldest?.timeIntervalSince1970 ?? .nan)
    }

    /// How long to wait before it is counted again: a second, so that whoever asks hears how it stands now, or twenty
    /// times as long as counting took, so that a large backlog does not keep Postgres busy with being counted.
    static func pause(after counting: Duration) -> Duration {
        max(.seconds(1), counting * 20)
    }
}

extension DaemonMetrics {
    /// - Parameter backlog: counted just now.
    func backlog(_ backlog: Backlog) {
        self.backlog.show(backlog)
    }
}
