import Testing

@testable import Telemetry

@Suite struct SpanQueueTests {
    private func queue(batch: Int, size: Int) -> SpanQueue {
        var settings = BatchSettings()
        settings.maximumBatchSize = batch
        settings.maximumQueueSize = size
        return SpanQueue(settings: settings)
    }

    private let spans = Fixtures.spans(20)

    @Test("the first span starts the timer, which sends what is there")
    func timer() {
        var queue = queue(batch: 10, size: 20)
        #expect(queue.append(spans[0]) == .startTimer)
        #expect(queue.append(spans[1]) == nil)
        #expect(queue.timerFired() == .export(Array(spans[0..<2])))
        #expect(queue.count == 0)
        #expect(queue.exportFinished(2) == [])
    }

    @Test("a full batch goes out at once, in order, and only one at a time")
    func batches() {
        var queue = queue(batch: 3, size: 20)
        #expect(spans[0..<2].map { queue.append($0) } == [.startTimer, nil])
        #expect(queue.append(spans[2]) == .export(Array(spans[0..<3])))
        for span in spans[3..<7] { #expect(queue.append(span) == nil) }
        #expect(queue.timerFired() == nil)
        #expect(queue.exportFinished(3) == [.export(Array(spans[3..<6]))])
        #expect(queue.exportFinished(3) == [.startTimer])
        #expect(queue.timerFired() == .export([spans[6]]))
    }

    @Test("what comes when the queue is full is dropped, what waits is kept")
    func bound() {
        var queue = queue(batch: 2, size: 4)
        _ = queue.append(spans[0])
        #expect(queue.append(spans[1]) == .export(Array(spans[0..<2])))
        for span in spans[2..<6] { #expect(queue.append(span) == nil) }
        #expect(queue.append(spans[6]) == .countDrop)
        #expect(queue.count == 4)
        #expect(queue.exportFinished(2) == [.export(Array(spans[2..<4]))])
        #expect(queue.append(spans[7]) == nil)
    }

    @Test("a flush sends short batches at once and ends when the last span before it is done")
    func flush() {
        var queue = queue(batch: 2, size: 20)
        _ = queue.append(spans[0])
        #expect(queue.flush(7) == .export([spans[0]]))
        _ = queue.append(spans[1])
        #expect(queue.exportFinished(1) == [.finishFlushes([7]), .startTimer].filter { $0 != .startTimer })
        #expect(queue.flush(8) == .export([spans[1]]))
        #expect(queue.flush(9) == nil)
        #expect(queue.exportFinished(1) == [.finishFlushes([8, 9])])
    }

    @Test("a flush with nothing to wait for is done at once")
    func flushEmpty() {
        var queue = queue(batch: 2, size: 20)
        #expect(queue.flush(1) == .finishFlushes([1]))
    }

    @Test("a closed queue sends what it has and drops what comes")
    func close() {
        var queue = queue(batch: 2, size: 20)
        _ = queue.append(spans[0])
        queue.close()
        #expect(queue.append(spans[1]) == .countDrop)
        #expect(queue.flush(1) == .export([spans[0]]))
        #expect(queue.exportFinished(1) == [.finishFlushes([1])])
    }

    @Test("discarding says how many were given up, and leaves nothing to send")
    func discard() {
        var queue = queue(batch: 2, size: 20)
        for span in spans[0..<5] { _ = queue.append(span) }
        #expect(queue.discard() == 3)
        #expect(queue.exportFinished(2) == [])
    }
}
