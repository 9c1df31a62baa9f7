@preconcurrency import Dispatch
import Glibc

/// Tells of Ctrl-C and its like while there is something to tidy up; whoever is told ends the process.
final class InterruptWatch: Sendable {
    private let sources: [any DispatchSourceSignal]

    init(_ onSignal: @escaping @Sendable (Int32) -> Void) {
        let queue = DispatchQueue(label: "notifyd.interrupts")
        sources = [SIGINT, SIGTERM, SIGHUP].compactMap { number in
            // Dispatch sees the signal only when its own action is to do nothing. What was so before (nohup) stays so.
            guard Self.address(signal(number, SIG_IGN)) != Self.address(SIG_IGN) else { return nil }
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { onSignal(number) }
            source.activate()
            return source
        }
    }

    /// `SIG_DFL` and `SIG_IGN` are 0 and 1 that C calls functions: there is nothing else to compare. A C function pointer,
    /// nil included, is one word as an Int is, and nobody calls what comes of it.
    private static func address(_ handler: (@convention(c) (Int32) -> Void)?) -> Int {
        unsafeBitCast(handler, to: Int.self)
    }

    /// Signals end the process again as they do by themselves.
    func cancel() {
        for source in sources {
            source.cancel()
            signal(Int32(source.handle), SIG_DFL)
        }
    }
}
