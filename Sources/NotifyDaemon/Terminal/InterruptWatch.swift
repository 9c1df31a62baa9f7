@preconcurrency import Dispatch
import Glibc

/// Tells of Ctrl-C and its like while there is something to tidy up; whoever is told ends the process.
final class InterruptWatch: Sendable {
    private let sources: [any DispatchSourceSignal]

    init(_ onSignal: @escaping @Sendable (Int32) -> Void) {
        let queue = DispatchQueue(label: "notifyd.interrupts")
        sources = [SIGINT, SIGTERM, SIGHUP].compactMap { number in
            // Dispatch sees the signal only when its own action is to do nothing. What was so before (nohup) stays so.
            let wasIgnored = unsafeBitCast(signal(number, SIG_IGN), to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
            guard !wasIgnored else { return nil }
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { onSignal(number) }
            source.activate()
            return source
        }
    }

    /// Signals end the process again as they do by themselves.
    func cancel() {
        for source in sources {
            source.cancel()
            signal(Int32(source.handle), SIG_DFL)
        }
    }
}
