import Reactor
import Synchronization

/// Prints each trace as a tree on standard output, between the log lines (`OTEL_TRACES_EXPORTER=console`).
final class ConsoleTraceProcessor: SpanProcessor {
    /// How long the last children may end after their root and still stand in its tree.
    static let grace: Duration = .milliseconds(50)

    private let reactor: Reactor
    private let writer: LineWriter
    private let groups = Mutex(TraceGroups())

    init(reactor: Reactor, writer: LineWriter) {
        self.reactor = reactor
        self.writer = writer
    }

    func ended(_ span: FinishedSpan) {
        for action in groups.withLock({ $0.add(span) }) {
            switch action {
            case .printSoon(let id):
                reactor.schedule(after: Self.grace) { [self] in
                    show(groups.withLock { $0.take(id) })
                }
            case .printNow(let spans):
                show(spans)
            }
        }
    }

    func startFlush() {
        for spans in groups.withLock({ $0.takeAll() }) { show(spans) }
    }

    func flush(timeout: Duration) async -> Bool {
        startFlush()
        return true
    }

    func shutdown(timeout: Duration) async {
        startFlush()
    }

    private func show(_ spans: [FinishedSpan]) {
        if !spans.isEmpty { writer.append(Array(TraceTree.render(spans).utf8)) }
    }
}
