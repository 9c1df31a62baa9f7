import CoreMetrics
import Synchronization

/// A histogram with one set of label values: how many values were at most each bound, and their sum.
final class HistogramSeries: RecorderHandler, TimerHandler {
    /// What `/metrics` shows, all of one moment.
    struct Snapshot: Equatable {
        /// Of each bound, those of the lower ones included; the last is for infinity, and counts all.
        var cumulative: [UInt64]
        var sum: Double
    }

    private struct State {
        /// For each bound those above the bound before it.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// Values are few and bounds too: no search is faster than looking at each.
    func record(_ value: Double) {
        guard value.isFinite else { return }
        var place = 0
        while place < bounds.count, value > bounds[place] { place += 1 }
        state.withLock { state in
            state.counts[place] += 1
            state.sum += value
        }
    }

    func record(_ value: Int64) {
        record(Double(value))
    }

    /// Durations are shown in seconds, Prometheus's base unit.
    func recordNanoseconds(_ duration: Int64) {
        record(Double(max(0, duration)) / 1e9)
    }

    var snapshot: Snapshot {
        state.withLock { state in
            // Summed up into an array of its own, so that the next value is not the one that pays for a copy.
            var total: UInt64 = 0
            let cumulative = state.counts.map { count in
                total += count
                return total
            }
            return Snapshot(cumulative: cumulative, sum: state.sum)
        }
    }
}
