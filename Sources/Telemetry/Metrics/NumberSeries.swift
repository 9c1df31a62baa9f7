import CoreMetrics

/// A counter with one set of label values: goes up, by an atomic addition.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let number = AtomicNumber(0)

    var value: Double { number.value }

    func increment(by amount: Int64) {
        increment(by: Double(amount))
    }

    /// What would take the counter down, or spoil it for good, is ignored.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        number.add(amount)
    }

    func reset() {
        number.set(0)
    }
}

/// A gauge with one set of label values: the number set last.
final class GaugeSeries: MeterHandler, RecorderHandler {
    private let number = AtomicNumber(0)

    var value: Double { number.value }

    func set(_ value: Int64) {
        number.set(Double(value))
    }

    func set(_ value: Double) {
        number.set(value)
    }

    func increment(by amount: Double) {
        number.add(amount)
    }

    func decrement(by amount: Double) {
        number.add(-amount)
    }

    func record(_ value: Int64) {
        number.set(Double(value))
    }

    func record(_ value: Double) {
        number.set(value)
    }
}
