import Broker
import Reactor
import Synchronization

/// Keeps what a consumer brings, and lets a test wait for it.
final class RecordingHandler: DeliveryHandler {
    struct Record {
        var deliveries: [Delivery] = []
        var events: [BrokerEvent] = []
        var acknowledged: [DeliveryID] = []

        func deliveries(of consumer: ConsumerName) -> [Delivery] { deliveries.filter { $0.consumer == consumer } }
        var losses: [BrokerError] {
            events.compactMap { if case .connectionLost(let error) = $0 { error } else { nil } }
        }
        var mismatches: [TopologyError] {
            events.compactMap { if case .topologyMismatch(let error) = $0 { error } else { nil } }
        }
    }

    struct TimedOut: Error {
        var record: Record
    }

    private struct Waiter {
        var id: Int
        var condition: @Sendable (Record) -> Bool
        var continuation: CheckedContinuation<Record?, Never>
    }

    private struct State {
        var record = Record()
        var waiters: [Waiter] = []
        var nextID = 0
    }

    private let reactor: Reactor
    private let state = Mutex(State())

    init(reactor: Reactor) {
        self.reactor = reactor
    }

    var record: Record { state.withLock { $0.record } }

    func received(_ deliveries: [Delivery]) { change { $0.deliveries += deliveries } }
    func changed(_ event: BrokerEvent) { change { $0.events.append(event) } }
    func acknowledged(_ ids: [DeliveryID]) { change { $0.acknowledged += ids } }

    /// Returns as soon as the record meets the condition.
    /// - Throws: `TimedOut` with the record when that takes longer than 20 s.
    @discardableResult
    func wait(until condition: @escaping @Sendable (Record) -> Bool) async throws -> Record {
        let record = await withCheckedContinuation { (continuation: CheckedContinuation<Record?, Never>) in
            let id: Int? = state.withLock { state in
                guard !condition(state.record) else { return nil }
                state.nextID += 1
                state.waiters.append(Waiter(id: state.nextID, condition: condition, continuation: continuation))
                return state.nextID
            }
            guard let id else {
                continuation.resume(returning: self.record)
                return
            }
            reactor.schedule(after: .seconds(20)) { self.giveUp(id) }
        }
        guard let record else { throw TimedOut(record: self.record) }
        return record
    }

    private func change(_ body: @Sendable (inout Record) -> Void) {
        let (record, ready) = state.withLock { state in
            body(&state.record)
            let record = state.record
            let ready = state.waiters.filter { $0.condition(record) }
            state.waiters.removeAll { waiter in ready.contains { $0.id == waiter.id } }
            return (record, ready)
        }
        for waiter in ready { waiter.continuation.resume(returning: record) }
    }

    private func giveUp(_ id: Int) {
        let waiter = state.withLock { state in
            let waiter = state.waiters.first { $0.id == id }
            state.waiters.removeAll { $0.id == id }
            return waiter
        }
        waiter?.continuation.resume(returning: nil)
    }
}
