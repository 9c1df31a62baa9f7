@preconcurrency import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Turns the process's signals into calls on the reactor: the first end signal drains, a second one stops at once.
final class SignalWatch: Sendable {
    private let sources: [any DispatchSourceSignal]

    init(queue: DispatchQueue, onEnd: @escaping @Sendable (Int32) -> Void, onReload: @escaping @Sendable () -> Void) {
        sources = [SIGTERM, SIGINT, SIGHUP].map { number in
            // Dispatch sees the signal only when its own action is to do nothing.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { number == SIGHUP ? onReload() : onEnd(number) }
            source.activate()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
    }
}
