/// The batch span processor's decisions as a value: what waits, what goes out, and who is to be told.
///
/// One export at a time. States: idle (nothing waits) → waiting (the timer runs) → exporting → idle or waiting or
/// exporting again; closed ends it: what waits still goes out, what comes is dropped.
struct SpanQueue {
    enum Action: Equatable {
        case startTimer
        case export([FinishedSpan])
        /// A span came when the queue was full or closed.
        case countDrop
        /// All that had ended before these flushes began is handed on.
        case finishFlushes([Int])
    }

    private let settings: BatchSettings
    /// Full batches and the one being filled: taking a batch moves no span.
    private var batches: [[FinishedSpan]] = []
    private(set) var count = 0
    private var isExporting = false
    private var isTimerRunning = false
    private var isClosed = false
    /// How many spans were ever taken in, and how many of them are done with.
    private var accepted: UInt64 = 0
    private var finished: UInt64 = 0
    private var flushes: [(id: Int, target: UInt64)] = []

    init(settings: BatchSettings) {
        self.settings = settings
    }

    mutating func append(_ span: FinishedSpan) -> Action? {
        guard !isClosed, count < settings.maximumQueueSize else { return .countDrop }
        if let last = batches.indices.last, batches[last].count < settings.maximumBatchSize {
            batches[last].append(span)
        } else {
            var batch: [FinishedSpan] = []
            batch.reserveCapacity(min(settings.maximumBatchSize, 64))
            batch.append(span)
            batches.append(batch)
        }
        count += 1
        accepted += 1
        return next()
    }

    mutating func timerFired() -> Action? {
        isTimerRunning = false
        return isExporting ? nil : takeBatch()
    }

    mutating func exportFinished(_ spans: Int) -> [Action] {
        isExporting = false
        finished += UInt64(spans)
        let done = flushes.filter { $0.target <= finished }.map(\.id)
        flushes.removeAll { $0.target <= finished }
        var actions: [Action] = done.isEmpty ? [] : [.finishFlushes(done)]
        if let action = next() { actions.append(action) }
        return actions
    }

    /// - Parameter id: named in `finishFlushes`.
    mutating func flush(_ id: Int) -> Action? {
        guard finished < accepted else { return .finishFlushes([id]) }
        flushes.append((id, accepted))
        return next()
    }

    mutating func abandonFlush(_ id: Int) {
        flushes.removeAll { $0.id == id }
    }

    /// From here on every span is dropped.
    mutating func close() {
        isClosed = true
    }

    /// Gives up what waits, when there is no time left.
    ///
    /// - Returns: how many spans that were.
    mutating func discard() -> Int {
        defer {
            finished += UInt64(count)
            batches = []
            count = 0
        }
        return count
    }

    private mutating func next() -> Action? {
        if isExporting || count == 0 { return nil }
        if count >= settings.maximumBatchSize || !flushes.isEmpty || isClosed { return takeBatch() }
        if isTimerRunning { return nil }
        isTimerRunning = true
        return .startTimer
    }

    private mutating func takeBatch() -> Action? {
        guard count > 0 else { return nil }
        let batch = batches.removeFirst()
        count -= batch.count
        isExporting = true
        return .export(batch)
    }
}
