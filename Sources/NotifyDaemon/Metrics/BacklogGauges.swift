import FoundationEssentials
import Metrics
import NotificationLog

/// What waits in Postgres, as it was counted last.
struct BacklogGauges: Sendable {
    private let parked: (count: Gauge, oldest: Gauge)
    private let uncertain: (count: Gauge, oldest: Gauge)
    private let deadLetters: (count: Gauge, oldest: Gauge)

    init(_ maker: HandlerMaker) {
        parked = (maker.gauge(MetricTable.parked), maker.gauge(MetricTable.parkedOldest))
        uncertain = (maker.gauge(MetricTable.uncertain), maker.gauge(MetricTable.uncertainOldest))
        deadLetters = (maker.gauge(MetricTable.deadLetters), maker.gauge(MetricTable.deadLettersOldest))
        show(Backlog())
    }

    func show(_ backlog: Backlog) {
        show(backlog.parked, on: parked)
        show(backlog.uncertain, on: uncertain)
        show(backlog.deadLetters, on: deadLetters)
    }

    /// Nothing is no time: NaN, which no comparison of an alert is true for.
    private func show(_ pile: Backlog.Pile, on gauges: (count: Gauge, oldest: Gauge)) {
        gauges.count.record(pile.count)
        gauges.oldest.record(pile.oldest?.timeIntervalSince1970 ?? .nan)
    }
}

extension DaemonMetrics {
    /// - Parameter backlog: counted just now.
    func backlog(_ backlog: Backlog) {
        self.backlog.show(backlog)
    }
}
