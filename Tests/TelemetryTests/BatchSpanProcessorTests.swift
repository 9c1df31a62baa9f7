import Reactor
import Synchronization
import Testing

@testable import Telemetry

/// An exporter that waits in `export` until the test lets it go on.
private final class GatedExporter: SpanExporter {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var batches: [[String]] = []
        var losses: [Loss] = []
    }

    struct Loss: Equatable {
        var count: Int
        var cause: SpanLoss
    }

    private let state = Mutex(State())
    private let (begun, beginning) = AsyncStream.makeStream(of: Int.self)

    var batches: [[String]] { state.withLock { $0.batches } }
    var losses: [Loss] { state.withLock { $0.losses } }

    func lost(_ count: Int, _ cause: SpanLoss) {
        state.withLock { $0.losses.append(Loss(count: count, cause: cause)) }
    }

    /// Waits until the next batch has arrived.
    func nextBatch() async {
        for await _ in begun { return }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func export(_ batch: [FinishedSpan], timeout: Duration) async -> ExportOutcome {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                state.batches.append(batch.map(\.name))
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            beginning.yield(batch.count)
            if isOpen { continuation.resume() }
        }
        return ExportOutcome(exported: batch.count)
    }
}

@Suite struct BatchSpanProcessorTests {
    private let exporter = GatedExporter()
    private let counters = TelemetryCounters()

    private func processor(batch: Int, queue: Int, delay: Duration = .seconds(3600)) -> BatchSpanProcessor {
        var settings = BatchSettings()
        settings.maximumBatchSize = batch
        settings.maximumQueueSize = queue
        settings.scheduleDelay = delay
        return BatchSpanProcessor(settings: settings, exporter: exporter, reactor: Reactor(), counters: counters)
    }

    @Test("spans go out when the delay is over, without a full batch")
    func delay() async {
        let processor = processor(batch: 10, queue: 20, delay: .milliseconds(1))
        processor.ended(Fixtures.span("only"))
        await exporter.nextBatch()
        #expect(exporter.batches == [["only"]])
        exporter.open()
    }

    @Test("a stuck exporter fills the queue, and what is beyond it is counted as dropped")
    func bound() async {
        let processor = processor(batch: 2, queue: 3)
        for span in Fixtures.spans(7) { processor.ended(span) }
        await exporter.nextBatch()
        #expect(exporter.batches == [["span 1", "span 2"]])
        #expect(counters.statistics.droppedSpans == 2)
        #expect(exporter.losses == [.init(count: 1, cause: .queueFull), .init(count: 1, cause: .queueFull)])
        exporter.open()
        #expect(await processor.flush(timeout: .seconds(60)))
        #expect(exporter.batches == [["span 1", "span 2"], ["span 3", "span 4"], ["span 5"]])
        #expect(counters.statistics.exportedSpans == 5)
    }

    @Test("a flush that runs out of time says so")
    func flushTimeout() async {
        let processor = processor(batch: 2, queue: 4)
        processor.ended(Fixtures.span("stuck"))
        #expect(await processor.flush(timeout: .zero) == false)
        exporter.open()
    }

    @Test("shutdown hands on what waits; what ends later is dropped")
    func shutdown() async {
        exporter.open()
        let processor = processor(batch: 2, queue: 4)
        processor.ended(Fixtures.span("last"))
        await processor.shutdown(timeout: .seconds(60))
        processor.ended(Fixtures.span("late"))
        #expect(exporter.batches == [["last"]])
        #expect(counters.statistics.exportedSpans == 1)
        #expect(counters.statistics.droppedSpans == 1)
    }

    @Test("a shutdown out of time gives up what still waits, and counts it")
    func shutdownTimeout() async {
        let processor = processor(batch: 2, queue: 10)
        for span in Fixtures.spans(5) { processor.ended(span) }
        await exporter.nextBatch()
        await processor.shutdown(timeout: .zero)
        #expect(counters.statistics.droppedSpans == 3)
        #expect(exporter.losses == [.init(count: 3, cause: .ending)])
        exporter.open()
    }

    @Test("the tracer's own flush sends without anybody waiting")
    func startFlush() async {
        exporter.open()
        let processor = processor(batch: 10, queue: 20)
        processor.ended(Fixtures.span("one"))
        processor.startFlush()
        await exporter.nextBatch()
        #expect(exporter.batches == [["one"]])
    }
}
