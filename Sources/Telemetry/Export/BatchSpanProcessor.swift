import Reactor
import Synchronization

/// Gathers ended spans and hands them to an exporter in batches, beside the deliveries and never in their way.
///
/// Ending a span costs one append under a lock. Encoding and retries run on tasks of their own, off the reactor; a
/// collector that is away fills the queue, and what does not fit is dropped and counted.
public final class BatchSpanProcessor: SpanProcessor {
    private let settings: BatchSettings
    private let exporter: any SpanExporter
    private let reactor: Reactor
    private let counters: TelemetryCounters
    private let state: Mutex<State>

    private struct State {
        var queue: SpanQueue
        var flushes: [Int: Flush] = [:]
        var nextFlush = 0
        var export: Task<Void, Never>?
    }

    private struct Flush {
        let continuation: CheckedContinuation<Bool, Never>
        let timer: ReactorTimer
    }

    init(settings: BatchSettings, exporter: any SpanExporter, reactor: Reactor, counters: TelemetryCounters) {
        self.settings = settings
        self.exporter = exporter
        self.reactor = reactor
        self.counters = counters
        state = Mutex(State(queue: SpanQueue(settings: settings)))
    }

    public func ended(_ span: FinishedSpan) {
        run(state.withLock { $0.queue.append(span) })
    }

    public func startFlush() {
        // Nobody waits for this one: its number is never given to a waiter.
        run(state.withLock { $0.queue.flush(-1) })
    }

    public func flush(timeout: Duration) async -> Bool {
        let id = state.withLock { state in
            state.nextFlush += 1
            return state.nextFlush
        }
        return await withCheckedContinuation { continuation in
            let action = state.withLock { state in
                let timer = reactor.schedule(after: timeout) { [self] in finishFlush(id, isDone: false) }
                state.flushes[id] = Flush(continuation: continuation, timer: timer)
                return state.queue.flush(id)
            }
            run(action)
        }
    }

    public func shutdown(timeout: Duration) async {
        state.withLock { $0.queue.close() }
        var left = 0
        if await !flush(timeout: timeout) {
            let (export, waiting) = state.withLock { ($0.export, $0.queue.discard()) }
            left = waiting
            counters.add(ExportOutcome(dropped: left))
            export?.cancel()
            // So that what it loses is counted and told before the log ends.
            _ = await flush(timeout: Self.timeToGiveUp)
        }
        exporter.lost(left, .ending)
    }

    /// A cancelled export ends at once; no program waits longer for one that does not.
    private static let timeToGiveUp = Duration.milliseconds(500)

    private func run(_ action: SpanQueue.Action?) {
        switch action {
        case nil: return
        case .startTimer: reactor.schedule(after: settings.scheduleDelay) { [self] in run(timerFired()) }
        case .export(let batch): export(batch)
        case .countDrop:
            counters.add(ExportOutcome(dropped: 1))
            exporter.lost(1, .queueFull)
        case .finishFlushes(let ids): for id in ids { finishFlush(id, isDone: true) }
        }
    }

    private func timerFired() -> SpanQueue.Action? {
        state.withLock { $0.queue.timerFired() }
    }

    /// Detached, so that neither the reactor's executor nor the caller's span context comes along.
    private func export(_ batch: [FinishedSpan]) {
        let task = Task.detached(priority: .utility) { [self] in
            counters.add(await exporter.export(batch, timeout: settings.exportTimeout))
            for action in state.withLock({ $0.queue.exportFinished(batch.count) }) { run(action) }
        }
        state.withLock { $0.export = task }
    }

    private func finishFlush(_ id: Int, isDone: Bool) {
        let waiter = state.withLock { state in
            state.queue.abandonFlush(id)
            return state.flushes.removeValue(forKey: id)
        }
        waiter?.timer.cancel()
        waiter?.continuation.resume(returning: isDone)
    }
}
